"""`state unlock` and `state orphans`, with programs that say what a test wants."""

import json
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from documents.problem import RefusedError
from gitops.adapters.kubectl import Kubectl
from gitops.adapters.process import Finished, run
from gitops.adapters.pulumi import StateError
from gitops.cli.state import Tended, orphans, tended, unlock
from gitops.cluster.access import LEAVABLE, plural
from gitops.cluster.layout import ACCOUNT
from gitops.cluster.manifests import read_objects
from gitops.cluster.objects import placed
from tests.gitops.programs import Programs
from tests.support.project import PROJECT, ROOT

CLUSTER = ROOT / "tests" / "data" / "cluster"
HERE = socket.gethostname()
LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait ...\n  file:///x.json: "
    "created by ana@{host} (pid {pid}) at 2026-11-29T06:30:00Z"
)
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {
        "name": "old-job",
        "namespace": "localai-dev",
        "labels": {
            "app.kubernetes.io/name": "localai",
            "app.kubernetes.io/part-of": "localai-dev",
            "app.kubernetes.io/managed-by": "localai-gitops",
        },
    },
}
SERVED = [f"{kind}.{group}".rstrip(".") for group, kind in LEAVABLE]


@dataclass(kw_only=True)
class World:
    """What programs answer: the engine's locks and state, processes, and kubectl's objects."""

    lock: str = ""
    engines: str | None = "1\n4711\n"
    has_stack: bool = True
    space: str = "localai-dev"
    pod: Mapping[str, Any] = field(default_factory=dict[str, Any])
    updates: Sequence[Any] = ()
    live: Sequence[Any] = ()
    state: bytes = b'{"deployment": {"resources": []}}'
    asked: list[str] = field(default_factory=list[str])

    def _answer(self, command: list[str]) -> Finished:
        words = " ".join(command)
        self.asked.append(words)
        if "stack init" in words:
            return Finished(code=255, output=b"", errors=self.lock or "stack 'x' already exists")
        if "stack export" in words:
            errors = "" if self.state else "error: no stack named 'x' found"
            return Finished(code=0 if self.state else 255, output=self.state, errors=errors)
        if "/proc/" in words:
            return Finished(
                code=self.engines is None, output=(self.engines or "").encode(), errors=""
            )
        return Finished(code=0, output=self._said(words).encode(), errors="")

    def _said(self, words: str) -> str:
        if "api-group=auto.pulumi.com" in words:
            return "updates.auto.pulumi.com\n"
        if "api-group=pulumi.com" in words:
            return "stacks.pulumi.com\n"
        if "api-resources" in words:
            return "\n".join([*SERVED, "widgets.example.com"])
        here = f"--namespace={self.space}" in words
        if "updates.auto.pulumi.com" in words:
            return json.dumps({"items": list(self.updates) if here else []})
        if "get pod" in words:
            return json.dumps(self.pod) if self.pod and here else ""
        if "get stacks.pulumi.com dev" in words:
            return '{"kind": "Stack"}' if self.has_stack and here else ""
        return json.dumps({"items": [*self._selected(words)]}) if " get " in words else ""

    def _selected(self, words: str) -> Iterator[Any]:
        """Yield the objects of the kinds, the namespace and the labels that are asked for."""
        _, kinds, space, labels, *_ = words[words.index(" get ") :].split()
        wanted = dict(one.split("=") for one in labels.removeprefix("--selector=").split(","))
        for one in self.live:
            group = one["apiVersion"].rpartition("/")[0]
            metadata = one["metadata"]
            if (
                f"{plural(one['kind'])}.{group}".rstrip(".") in kinds.split(",")
                and space == f"--namespace={metadata.get('namespace')}"
                and wanted.items() <= metadata.get("labels", {}).items()
            ):
                yield one

    def stack(self, root: Path = PROJECT, *, in_pod: bool = False) -> Tended:
        return tended(
            root, "dev", Kubectl(run=Programs(answer=self._answer), folder=root), in_pod=in_pod
        )


def test_a_lock_of_a_process_that_ended_is_taken_away(capsys: pytest.CaptureFixture[str]):
    world = World(lock=LOCKED.format(host=HERE, pid=4712))

    assert unlock(world.stack(), ())
    assert "pulumi cancel --yes --stack organization/localai/dev --non-interactive" in world.asked
    assert "process 4712 of ana" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (World(lock=LOCKED.format(host=HERE, pid=4711)), "still runs"),
        (World(lock=LOCKED.format(host="elsewhere", pid=4711)), "--stopped elsewhere"),
        (
            World(
                lock=LOCKED.format(host=HERE, pid=2),
                updates=[{"metadata": {"name": "dev-7"}, "spec": {"workspaceName": "dev"}}],
            ),
            "Update dev-7 is not complete",
        ),
        (
            World(
                lock=LOCKED.format(host="dev-workspace-0", pid=4711),
                pod={"metadata": {"creationTimestamp": "2026-11-29T05:00:00Z"}},
            ),
            "still runs",
        ),
    ],
    ids=["a process", "a host", "an update", "a process in the pod"],
)
def test_a_lock_that_may_be_held_stays(world: World, words: str):
    with pytest.raises(RefusedError) as refused:
        unlock(world.stack(), ())

    assert words in str(refused.value)
    assert not any("pulumi cancel" in one for one in world.asked)


@pytest.mark.parametrize("pod", [{}, {"metadata": {"creationTimestamp": "2026-11-29T07:00:00Z"}}])
def test_a_lock_of_a_pod_that_is_gone_or_was_made_anew_is_taken_away(pod: Mapping[str, Any]):
    world = World(lock=LOCKED.format(host="dev-workspace-0", pid=4711), pod=pod)

    assert unlock(world.stack(), ())


def refused(world: World, root: Path = PROJECT, stopped: Sequence[str] = ()) -> str:
    with pytest.raises(RefusedError) as told:
        unlock(world.stack(root), stopped)
    assert not any("pulumi cancel" in one for one in world.asked)
    return str(told.value)


def test_with_a_namespace_for_workspaces_what_runs_there_keeps_the_lock(tmp_path: Path):
    root = shutil.copytree(CLUSTER, tmp_path / "project")
    path = root / "clusters" / "main" / "cluster.yaml"
    text = path.read_text(encoding="utf-8")
    shared = text.replace("workspace:\n", "workspace:\n  namespace: engines\n")
    path.write_text(shared, encoding="utf-8")
    lock = LOCKED.format(host="dev-workspace-0", pid=4711)
    update = {"metadata": {"name": "dev-7"}, "spec": {"workspaceName": "dev"}}
    pod = {"metadata": {"creationTimestamp": "2026-11-29T05:00:00Z"}}

    assert "Update dev-7 is not complete" in refused(
        World(lock=lock, space="engines", updates=[update]), root
    )
    assert "still runs" in refused(World(lock=lock, space="engines", pod=pod), root)
    world = World()
    unlock(world.stack(root, in_pod=True), ())
    assert world.asked[0].startswith("kubectl --namespace engines exec dev-workspace-0 ")


def test_where_there_is_no_stack_object_unlock_asks_for_stopped():
    world = World(lock=LOCKED.format(host="dev-workspace-0", pid=4711), has_stack=False)

    assert "--context, or add --stopped dev-workspace-0" in refused(world)
    assert unlock(world.stack(), ["dev-workspace-0"])


def test_where_no_process_can_be_listed_unlock_asks_for_stopped():
    world = World(lock=LOCKED.format(host=HERE, pid=4711), engines=None)

    assert f"--stopped {HERE}" in refused(world)
    assert unlock(world.stack(), [HERE])


def test_the_processes_of_a_machine_are_listed_or_it_says_that_they_are_not():
    world = World(lock=LOCKED.format(host=HERE, pid=2))
    unlock(world.stack(), ())
    (script,) = [one.partition(" -c ")[2] for one in world.asked if "/proc/" in one]
    elsewhere = script.replace("/proc", "/nothing-of-that-name")

    assert run(["sh", "-c", script], PROJECT).code == 0
    assert run(["sh", "-c", elsewhere], PROJECT).code == 1


def test_a_stack_that_is_not_there_is_not_made_to_look_at_its_lock():
    world = World(state=b"")

    with pytest.raises(StateError, match="no stack named"):
        unlock(world.stack(), ())
    assert not any("stack init" in one for one in world.asked)


def test_the_engine_is_asked_in_the_pod_that_has_the_claim():
    world = World()
    unlock(world.stack(in_pod=True), ())

    start = "kubectl --namespace localai-dev exec dev-workspace-0 -c pulumi -- "
    assert all(one.startswith(start) for one in world.asked)


def test_only_what_nobody_knows_is_deleted_and_only_when_asked(capsys: pytest.CaptureFixture[str]):
    world = World(live=[JOB])

    assert not orphans(world.stack(), remove=False)
    assert "job.batch/old-job: neither declared nor in the state" in capsys.readouterr().out
    assert not any(" delete " in one for one in world.asked)
    assert orphans(world.stack(), remove=True)
    (deleted,) = [one for one in world.asked if " delete " in one]
    assert "--namespace=localai-dev job.batch old-job" in deleted


def test_no_object_that_a_cluster_file_makes_is_an_orphan_of_its_stack():
    live = list(placed(read_objects(CLUSTER, "main")).values())

    assert any(one["metadata"]["name"] == ACCOUNT for one in live)
    assert orphans(World(live=live).stack(CLUSTER), remove=False)


def test_nothing_is_called_an_orphan_while_a_lock_is_there():
    world = World(lock=LOCKED.format(host=HERE, pid=2), live=[JOB])

    with pytest.raises(RefusedError, match="state unlock dev"):
        orphans(world.stack(), remove=True)


def test_a_stack_of_rendered_manifests_has_no_state(tmp_path: Path):
    text = (PROJECT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    more = "  localai:delivery: rendered\n  localai:apiKey: {secret: a, key: k}"
    rendered = text.replace("config:", f"config:\n{more}", 1)
    (tmp_path / "Pulumi.dev.yaml").write_text(rendered, encoding="utf-8")

    with pytest.raises(RefusedError, match="no engine keeps a state"):
        World().stack(tmp_path)
