"""One server without Kubernetes: real containers, a real llama.cpp, and a repository that moves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes.containers import Docker, archives, docker, repository, weights
from tests.e2e.installed import needs
from tests.e2e.routing.loopback import free_port
from tests.gitops.checkouts import Checkout
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e
installed = needs("dockerd", "docker", "busybox")
STACK = """\
config:
  localai:namespace: localai-dev
  localai:cluster: dev
  localai:delivery: compose
  localai:server: {version: v4.9.0}
  localai:pools:
    chat:
      models: [tiny]
      aliases: {assistant: tiny}
      cpu: 1
      memory: 3Gi
      storage: {size: 2Gi}
"""
USER = 10001
Record = Callable[[str, object], None]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that follows a repository, by Docker and its Compose."""

    folder: Path
    source: Checkout
    docker: Docker

    def update(self, *words: str) -> tuple[int, str]:
        done = self.docker.within("sh", self.folder / "etc/update.sh", *words, timeout=600)
        return done.returncode, done.stderr

    def inspected(self, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", f"localai-dev-{name}-1"))
        return found[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    folder = tmp_path_factory.mktemp("server")
    storage = folder / "data/localai-chat-storage/models"
    storage.mkdir(parents=True)
    source = repository(folder / "source", STACK, weights(storage))
    subprocess.run(["chown", "-R", f"{USER}:{USER}", folder / "data"], check=True)
    subprocess.run(
        [sys.executable, "-m", "gitops", "export", "compose", "dev", "--out", folder / "etc"],
        cwd=source.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    values = {
        "LOCALAI_STACK": "dev", "LOCALAI_STATE": folder / "state", "LOCALAI_REPOSITORY":
        source.folder, "LOCALAI_DATA": folder / "data", "LOCALAI_SECRETS": folder / "secrets",
        "LOCALAI_LISTEN": "127.0.0.1", "LOCALAI_CHAT_PORT": free_port(),
        "LOCALAI_READY_SECONDS": 120, "LOCALAI_TOOL": f"{sys.executable} -m gitops",
    }  # fmt: skip
    (folder / "etc/.env").write_text("".join(f'{k}="{v}"\n' for k, v in values.items()))
    with docker(folder / "docker") as engine:
        for archive in archives(folder).values():
            engine("load", "--quiet", "--input", str(archive))
        made = Server(folder=folder, source=source, docker=engine)
        ended = made.update()
        assert ended == (0, f"dev: serves {source.head}\n"), ended
        yield made


def test_the_server_has_no_right_that_it_does_not_need(server: Server):
    found = server.inspected("localai-chat")
    host, config = found["HostConfig"], found["Config"]

    assert host["ReadonlyRootfs"] is True
    assert "no-new-privileges" in str(host["SecurityOpt"])
    status = Path(f"/proc/{found['State']['Pid']}/status").read_text()
    assert "CapEff:\t0000000000000000\n" in status
    assert config["User"] == f"{USER}:{USER}"
    assert host["Memory"] == 4 * 2**30


def test_its_key_is_in_no_variable_and_in_no_command(server: Server):
    key = (server.folder / "secrets/localai-api-key/api-key").read_text().strip()

    assert len(key) >= 48
    assert key not in json.dumps(server.inspected("localai-chat"))


def test_a_container_proves_what_it_serves(server: Server):
    state = server.folder / "state"
    done = server.docker.within(
        "docker", "compose", "--project-name", "localai-dev",
        "--env-file", server.folder / "etc/.env",
        "--file", state / f"compose.{server.source.head}.yaml",
        "--profile", "verify", "run", "--rm", "-T", "localai-chat-verify",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "said Paris" in done.stdout


def test_a_new_commit_is_served(server: Server, record_property: Record):
    server.source.edit("Pulumi.dev.yaml", "{assistant: tiny}", "{assistant: tiny, helper: tiny}")
    head, before = server.source.commit("Add a name"), time.monotonic()

    assert server.update() == (0, f"dev: serves {head}\n")
    record_property("seconds from commit to proven", time.monotonic() - before)


def test_a_commit_that_changes_no_container_starts_none_again(server: Server):
    before = server.inspected("localai-chat")["Id"]
    server.source.write("README.md", "words\n")
    head = server.source.commit("Explain")

    assert server.update() == (0, f"dev: serves {head}\n")
    assert server.inspected("localai-chat")["Id"] == before


def test_a_model_that_answers_nonsense_is_taken_back(server: Server):
    good = server.source.head
    server.source.edit("Pulumi.dev.yaml", "models: [tiny]", "models: [worse]")
    server.source.edit(
        "Pulumi.dev.yaml", "{assistant: tiny, helper: tiny}", "{assistant: worse, helper: worse}"
    )
    bad = server.source.commit("Serve something worse")

    code, said = server.update()
    assert code == 1
    assert f"{bad} does not serve what it declares" in said
    assert f"went back to {good}, which serves" in said
    assert server.update("--status")[0] == 0
    server.source.git("revert", "--no-edit", "HEAD")
    assert server.update() == (0, f"dev: serves {server.source.head}\n")
