"""A stack that a workflow pushed is pulled from then on: under load, and without a restart."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.argocd.application import Application, Retry
from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.start import repositories_folder, start
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.netns import enter
from sandbox.cluster.waiting import wait_until
from tests.e2e.serving import NAMESPACE, RELEASE, Served, serving
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e
KINDS = (
    "configmaps,deployments,jobs,networkpolicies,persistentvolumeclaims,poddisruptionbudgets,pods,"
    "replicasets,secrets,serviceaccounts,services"
)
OURS = "--selector=app.kubernetes.io/name=localai"
LONGEST_SECONDS = 300
LOAD = """\
import json, sys, time, urllib.request as u
address, key, end = json.loads(sys.argv[1])
body = json.dumps({"model": "tiny-v1", "messages": [{"role": "user", "content": "ping"}]}).encode()
headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
well, failed, until = 0, [], time.monotonic() + end
print("begun", flush=True)
import select
while time.monotonic() < until and not select.select([sys.stdin], [], [], 0.05)[0]:
    try:
        with u.urlopen(u.Request(address, body, headers), timeout=20) as answer:
            well += b"pong" in answer.read()
    except OSError as error:
        failed.append(str(error))
print(json.dumps([well, failed]))
"""


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """A stack that `pulumi up` applied, and a cluster that could pull it."""

    served: Served
    argocd: ArgoCd

    def objects(self) -> dict[str, tuple[str, str]]:
        """Return who each object is, and of servers what their pods are made from."""
        listed = json.loads(self.served.kubectl("get", KINDS, OURS, "--output=json"))["items"]
        return {
            f"{one['kind']}/{one['metadata']['name']}": (
                one["metadata"]["uid"],
                json.dumps(one["spec"], sort_keys=True) if one["kind"] == "Deployment" else "",
            )
            for one in listed
        }

    def edit(self, **changes: Any) -> None:
        file = self.served.engine.program / "Pulumi.tiny.yaml"
        found: dict[str, Any] = yaml.safe_load(file.read_text())
        found["config"] |= {f"localai:{key}": value for key, value in changes.items()}
        file.write_text(yaml.safe_dump(json.loads(json.dumps(found))))

    def render(self, out: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "gitops", "render", "tiny", "--out", out],
            cwd=self.served.engine.program, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    @contextmanager
    def load(self) -> Generator[list[Any]]:
        """Ask without a pause; afterwards how many were answered well, and what failed."""
        service = json.loads(self.served.kubectl("get", "service", "localai-chat", "-o", "json"))
        address = f"http://{service['spec']['clusterIP']}:{RELEASE.port}/v1/chat/completions"
        told = json.dumps([address, self.served.key(), LONGEST_SECONDS])
        words = [*enter(self.argocd.sandbox.netns), sys.executable, "-c", LOAD, told]
        found: list[Any] = []
        with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == "begun\n"
            try:
                yield found
            except BaseException:
                process.kill()
                raise
            out, _ = process.communicate("end\n", timeout=60)
            found += json.loads(out)


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pushed]:
    places = layout(f"pull-{os.getpid()}")
    try:
        sandbox = up(places, real=True)
        argocd = start(sandbox, repositories_folder(sandbox))
        with serving(sandbox, tmp_path_factory.mktemp("pushed")) as served:
            # The command of .github/workflows/cd.yml.
            served.engine.do("up", "--yes", "--skip-preview")
            yield Pushed(served=served, argocd=argocd)
    finally:
        down(places)


def test_a_pushed_stack_is_pulled_without_a_restart_or_a_failed_request(
    pushed: Pushed, record_property: Any
):
    before = pushed.objects()
    assert [name for name in before if name.startswith("Pod/localai-chat-")]
    repository = pushed.argocd.repository("tiny")
    with pushed.load() as asked:
        # As docs/push-to-pull.md has it: another delivery, the generated key by its name, rendered.
        pushed.edit(delivery="rendered", apiKey={"secret": "localai-api-key", "key": "api-key"})
        pushed.render(repository.path / "tiny")
        revision = repository.commit("Let the cluster pull tiny")
        application = Application(
            name="tiny", repository=repository.path, path="tiny", namespace=NAMESPACE,
            retry=Retry(),
        )  # fmt: skip
        pushed.argocd.apply(application)
        pushed.argocd.wait_synced("tiny", revision, timeout=180)
        # The engine forgets the stack, and deletes nothing.
        pushed.served.engine.do("stack", "rm", "--force", "--yes")
        after = pushed.objects()
        assert same(after, before) == {}
        assert set(of(after, "ReplicaSet", "Pod")) == set(of(before, "ReplicaSet", "Pod"))

    well, failed = asked
    assert failed == []
    assert well >= 50
    record_property("requests while a pushed stack became pulled", well)


def same(found: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs of the objects that were there."""
    return {name: found.get(name) for name in before if found.get(name) != before[name]}


def of(found: Mapping[str, Any], *kinds: str) -> list[str]:
    return [name for name in found if name.partition("/")[0] in kinds]


def test_what_is_deleted_by_hand_comes_back_by_itself(pushed: Pushed):
    budgets = pushed.served.kubectl("get", "poddisruptionbudgets", OURS, "--output=name").split()
    pushed.served.kubectl("delete", *budgets)

    wait_until(
        lambda: pushed.served.kubectl("get", "pdb", OURS, "--output=name").split() == budgets,
        "nothing brought it back",
        seconds=120,
    )
    assert pushed.served.answer("tiny-v1", "ping") == " pong"
