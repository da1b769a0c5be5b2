"""The script that keeps a server at what Git says, with real repositories, signatures and runs."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops.export.server import server_files
from sandbox.cluster.waiting import wait_until
from tests.gitops.checkouts import Checkout, new_checkout
from tests.gitops.export import servers
from tests.gitops.export.servers import words
from tests.support.project import ROOT, write_project

pytestmark = pytest.mark.thorough
STACK = """\
config:
  localai:namespace: localai-dev
  localai:cluster: dev
  localai:delivery: compose
  localai:server: {version: v4.9.0}
  localai:pools:
    chat:
      models: [qwen3-0.6b]
      cpu: 4
      storage: {size: 20Gi}
"""
PAGE = """\
  localai:chat:
    pool: chat
    image: registry.example.org/chat:1.0.0
    login: {secret: login, user: u, password: p}
"""
BOTH = "models: [qwen3-0.6b, llama-3.2-1b-instruct]"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run of the script ended."""

    code: int
    said: str


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that follows a repository."""

    home: Path
    state: Path
    world: Path
    source: Checkout

    def environment(self) -> dict[str, str]:
        return {
            **os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(self.home / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip

    def command(self, *arguments: str) -> list[str]:
        return ["/bin/sh", str(self.home / "update.sh"), *arguments]

    def update(self, *arguments: str) -> Ended:
        done = subprocess.run(
            self.command(*arguments), env=self.environment(), capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        return Ended(code=done.returncode, said=done.stderr)

    def held(self, name: str) -> str:
        return "\n".join(words(self.state / name))

    def set(self, name: str, value: str) -> None:
        lines = (self.home / ".env").read_text().splitlines()
        kept = [line for line in lines if not line.startswith(f"{name}=")]
        (self.home / ".env").write_text("\n".join([*kept, f'{name}="{value}"', ""]))

    def served(self) -> str:
        return (self.world / "up").read_text()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = new_checkout(tmp_path_factory.mktemp("source") / "source")
    write_project(checkout.folder)
    for name in ("staging", "production"):
        (checkout.folder / f"Pulumi.{name}.yaml").unlink()
    checkout.write("Pulumi.dev.yaml", STACK)
    checkout.commit("Start here")
    return checkout


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def installed(source: Path, folder: Path) -> Server:
    """Return a server that follows a repository, in a folder where it may have run before."""
    home, world = folder / "etc", folder / "world"
    for each in (home, world):
        each.mkdir(exist_ok=True)
    (home / "update.sh").write_text(server_files("dev")["update.sh"])
    values = {
        "LOCALAI_STACK": "dev", "LOCALAI_STATE": str(folder / "state"),
        "LOCALAI_DATA": str(folder / "data"), "LOCALAI_SECRETS": str(folder / "secrets"),
        "LOCALAI_REPOSITORY": source.as_uri(),
        "LOCALAI_CHAT_PORT": str(free_port()), "LOCALAI_READY_SECONDS": "60",
        "LOCALAI_TOOL": f"{sys.executable} -m gitops",
        "LOCALAI_COMPOSE": f"{sys.executable} -m {servers.__name__} {world}",
    }  # fmt: skip
    (home / ".env").write_text("".join(f'{name}="{value}"\n' for name, value in values.items()))
    return Server(home=home, state=folder / "state", world=world, source=Checkout(folder=source))


@pytest.fixture
def server(project: Checkout, tmp_path: Path) -> Generator[Server]:
    """A server on which nothing runs yet."""
    shutil.copytree(project.folder, tmp_path / "source")
    made = installed(tmp_path / "source", tmp_path)
    yield made
    servers.end(made.world)


@pytest.fixture(scope="session")
def first_run(project: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server after its first update."""
    folder = tmp_path_factory.mktemp("first")
    shutil.copytree(project.folder, folder / "source")
    made = installed(folder / "source", folder)
    ended = made.update()
    servers.end(made.world)
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def running(first_run: Path, tmp_path: Path) -> Generator[Server]:
    """A server that runs the first commit."""
    shutil.copytree(first_run, tmp_path, dirs_exist_ok=True)
    made = installed(tmp_path / "source", tmp_path)
    port = next(
        line.split('"')[1]
        for line in (made.home / ".env").read_text().splitlines()
        if line.startswith("LOCALAI_CHAT_PORT")
    )
    (made.state / "ports").write_text(f"{port} \n")
    models, _, key = words(made.world / "up")
    process = servers.start(made.world, made.state, [models, port, key])
    yield made
    servers.end(made.world)
    process.kill()
    process.wait()


def changed(server: Server) -> str:
    server.source.edit("Pulumi.dev.yaml", "models: [qwen3-0.6b]", BOTH)
    return server.source.commit("Serve another model")


def test_the_first_commit_is_prepared_started_and_proven(server: Server):
    ended = server.update()

    assert (ended.code, ended.said) == (0, f"dev: serves {server.source.head}\n")
    assert words(server.world / "calls") == [
        "config", "run", "folders", "run", "localai-chat-weights", "run", "localai-chat-engines",
        "up",
    ]  # fmt: skip
    secret = server.home.parent / "secrets/localai-api-key/api-key"
    assert len(secret.read_text()) >= 48
    assert secret.stat().st_mode & 0o777 == 0o440


def test_nothing_is_asked_of_compose_while_nothing_is_new(running: Server):
    before = (running.world / "calls").read_text()

    assert running.update() == Ended(code=0, said="")
    assert (running.world / "calls").read_text() == before


def test_a_new_commit_is_served_and_the_old_files_leave(running: Server):
    before = running.served()
    head = changed(running)

    assert running.update().said == f"dev: serves {head}\n"
    assert running.served() != before
    changed_again = running.source.commit("Nothing else")
    running.update()
    assert {one.name for one in (running.state / "releases").iterdir()} == {head, changed_again}


def test_a_commit_that_changes_no_server_restarts_none(running: Server):
    pid = running.held("../world/pid")
    running.source.write("README.md", "words\n")
    running.source.commit("Explain")

    assert running.update().code == 0
    assert running.held("../world/pid") == pid
    assert running.held("good") == running.source.head


def test_a_commit_that_check_refuses_changes_nothing(running: Server):
    good, before = running.source.head, running.served()
    running.source.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    running.source.commit("Mistype")

    ended = running.update()
    assert ended.code == 1
    assert "`check dev` refuses" in ended.said
    assert "cpus" in ended.said
    assert (running.served(), running.held("good")) == (before, good)
    again = running.update()
    assert again.code == 1
    assert again.said.startswith("dev: still refused: `check dev` refuses")


def test_a_commit_that_does_not_serve_goes_back_to_the_last_good_one(running: Server):
    good, before = running.source.head, running.served()
    (running.world / "wrong").write_text("llama-3.2-1b-instruct")
    bad = changed(running)

    ended = running.update()
    assert ended.code == 1
    assert f"{bad} does not serve what it declares" in ended.said
    assert f"went back to {good}, which serves" in ended.said
    assert (running.served(), running.held("good")) == (before, good)
    calls = (running.world / "calls").read_text()
    assert "down" not in calls
    assert running.update().said.startswith("dev: still refused")
    assert (running.world / "calls").read_text() == calls


def test_what_was_refused_is_taken_when_asked_again(running: Server):
    (running.world / "wrong").write_text("llama-3.2-1b-instruct")
    head = changed(running)
    assert running.update().code == 1
    (running.world / "wrong").unlink()

    assert running.update("--again").said == f"dev: serves {head}\n"
    assert running.update() == Ended(code=0, said="")


def test_a_commit_that_does_not_start_goes_back(running: Server):
    good, before = running.source.head, running.served()
    changed(running)
    (running.world / "fails").write_text("up")

    ended = running.update()
    assert ended.code == 1
    assert "did not start" in ended.said
    (running.world / "fails").unlink()
    running.update("--again")
    assert running.held("good") == running.source.head != good
    assert running.served() != before


@pytest.mark.parametrize("service", ["localai-chat-weights", "folders"])
def test_what_cannot_be_prepared_is_tried_again_and_what_runs_stays(running: Server, service: str):
    before = running.served()
    head = changed(running)
    (running.world / "fails").write_text(service)

    ended = running.update()
    assert ended.code == 1
    assert f"{service} failed: {service}: no space left on device; what runs stays" in ended.said
    assert running.served() == before
    (running.world / "fails").unlink()
    assert running.update().said == f"dev: serves {head}\n"


def test_a_secret_that_a_person_brings_is_asked_for_before_anything_changes(running: Server):
    before = running.served()
    running.source.edit(
        "Pulumi.dev.yaml", "  localai:pools:", "  localai:hubToken: {secret: hub, key: token}\n"
        "  localai:pools:",
    )  # fmt: skip
    head = running.source.commit("Read gated weights")

    ended = running.update()
    assert ended.code == 1
    assert "secrets/hub/token is missing or empty; put the value there" in ended.said
    assert running.served() == before
    (running.home.parent / "secrets/hub").mkdir()
    (running.home.parent / "secrets/hub/token").write_text("t")
    assert running.held("good") != head


def signed(server: Server, key: Path, *words: str) -> str:
    server.source.git(
        "-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "--quiet",
        "--allow-empty", *words,
    )  # fmt: skip
    return server.source.head


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("ours", "theirs"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", tmp_path / name],
            check=True,
        )
    return tmp_path / "ours", tmp_path / "theirs"


def ask_for_signatures(server: Server, key: Path) -> None:
    signers = server.home / "signers"
    signers.write_text(f"somebody@example.org {key.with_suffix('.pub').read_text()}")
    server.set("LOCALAI_SIGNERS", str(signers))


def test_only_what_an_allowed_signer_signed_is_taken(running: Server, keys: tuple[Path, Path]):
    ours, theirs = keys
    good, calls = running.source.head, words(running.world / "calls")
    ask_for_signatures(running, ours)

    running.source.commit("Nobody signed it")
    unsigned = running.update()
    signed(running, theirs, "-S", "-m", "Somebody else signed it")
    forged = running.update()
    for ended in (unsigned, forged):
        assert ended.code == 1
        assert "which nobody in" in ended.said
    assert running.held("good") == good
    assert words(running.world / "calls") == calls
    head = signed(running, ours, "-S", "-m", "We signed it")
    assert running.update().said == f"dev: serves {head}\n"


def test_of_tags_the_highest_signed_version_is_followed(running: Server, keys: tuple[Path, Path]):
    ours, theirs = keys
    ask_for_signatures(running, ours)
    running.set("LOCALAI_TAG", "v*")
    for key, name in ((ours, "v1.9.0"), (ours, "v1.10.0")):
        running.source.commit(name)
        running.source.git(
            "-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "tag", "-s", "-m", name, name
        )
    head = running.source.head
    running.source.commit("Not released")

    assert running.update().said == f"dev: serves {head}\n"
    running.source.git(
        "-c", "gpg.format=ssh", "-c", f"user.signingkey={theirs}", "tag", "-s", "-m", "x", "v2.0.0"
    )
    assert "which nobody in" in running.update().said
    assert running.held("good") == head


def test_a_branch_that_is_named_like_the_ref_of_another_stops_nothing(running: Server):
    head = changed(running)
    running.source.git("update-ref", "refs/heads/refs/heads/main", running.held("good"))
    running.source.git("update-ref", "refs/refs/heads/main", running.held("good"))

    assert running.update().said == f"dev: serves {head}\n"


def test_a_tag_that_is_named_like_the_ref_of_another_is_not_followed(running: Server):
    running.set("LOCALAI_TAG", "app-*")
    head = changed(running)
    running.source.git("tag", "app-1.0.0")
    running.source.git("update-ref", "refs/tags/refs/tags/app-2.0.0", running.held("good"))

    assert running.update().said == f"dev: serves {head}\n"


def test_a_release_is_followed_and_not_its_candidate(running: Server):
    running.set("LOCALAI_TAG", "v*")
    for name in ("v1.9.0", "v1.10.0-rc1"):
        running.source.commit(name)
        running.source.git("tag", name)
    assert running.update().said == f"dev: serves {running.source.head}\n"
    head = running.source.commit("v1.10.0")
    running.source.git("tag", "v1.10.0")

    assert running.update().said == f"dev: serves {head}\n"


def test_a_signed_tag_under_another_name_is_refused(running: Server, keys: tuple[Path, Path]):
    ours, _ = keys
    ask_for_signatures(running, ours)
    running.set("LOCALAI_TAG", "v*")
    good = running.held("good")
    running.source.commit("Try something")
    running.source.git(
        "-c", "gpg.format=ssh", "-c", f"user.signingkey={ours}", "tag", "-s", "-m", "x", "test-2"
    )
    running.source.git("update-ref", "refs/tags/v9.9.9", "refs/tags/test-2")

    assert "refs/tags/v9.9.9 was signed as test-2; delete refs/tags/v9.9.9" in running.update().said
    assert running.held("good") == good
    assert running.update().said.startswith("dev: still refused")


def test_history_that_was_rewritten_is_refused(running: Server):
    good = running.source.head
    running.source.git("commit", "--quiet", "--amend", "--message", "Another start")

    ended = running.update()
    assert ended.code == 1
    assert f"does not come after {good}, which runs: history was rewritten" in ended.said
    assert running.update("--again").code == 0


@pytest.mark.parametrize("tag", ["", "v*"])
def test_a_repository_that_cannot_be_reached_changes_nothing(running: Server, tag: str):
    before = running.served()
    running.set("LOCALAI_TAG", tag)
    running.set("LOCALAI_REPOSITORY", f"git://127.0.0.1:{free_port()}/nothing")

    ended = running.update()
    assert ended.code == 1
    assert "cannot reach git://127.0.0.1" in ended.said
    assert running.served() == before


def test_a_branch_that_is_gone_changes_nothing(running: Server):
    running.set("LOCALAI_BRANCH", "gone")

    ended = running.update()
    assert ended.code == 1
    assert "has no branch gone; what runs stays" in ended.said


def test_a_second_run_leaves_the_first_alone(running: Server):
    changed(running)
    with (running.state / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = running.update()

    assert ended == Ended(code=0, said="dev: another update runs\n")


@pytest.mark.parametrize("verb", ["run", "up"])
def test_a_run_that_is_killed_is_made_good_by_the_next(running: Server, verb: str):
    head = changed(running)
    (running.world / "hangs").write_text(verb)
    count = words(running.world / "calls").count(verb)
    process = subprocess.Popen(
        running.command(), env=running.environment(), start_new_session=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: words(running.world / "calls").count(verb) > count, "it did not begin")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (running.world / "hangs").unlink()

    assert running.update().said == f"dev: serves {head}\n"


def test_a_port_of_another_program_is_refused_before_anything_starts(server: Server):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server.set("LOCALAI_CHAT_PORT", str(port))
        ended = server.update()

    assert ended.code == 1
    assert f"port {port} is in use by another program; name another in" in ended.said
    assert "up" not in words(server.world / "calls")


def test_a_port_that_a_container_of_the_stack_has_is_no_other_programs(server: Server):
    with socket.create_server(("127.0.0.1", 0)) as ours:
        port = ours.getsockname()[1]
        server.set("LOCALAI_CHAT_PORT", str(port))
        (server.world / "published").write_text(f"127.0.0.1:{port}->8080/tcp\n")
        (server.world / "fails").write_text("up")
        ended = server.update()

    assert "in use by another program" not in ended.said
    assert "up" in words(server.world / "calls")


def add_a_page(server: Server) -> str:
    for name in ("u", "p"):
        secret = server.home.parent / "secrets/login" / name
        secret.parent.mkdir(parents=True, exist_ok=True)
        secret.write_text(name)
    server.source.edit("Pulumi.dev.yaml", "  localai:pools:\n", f"{PAGE}  localai:pools:\n")
    return server.source.commit("Add a page")


def test_a_page_that_does_not_get_ready_is_taken_back(running: Server):
    good = running.held("good")
    running.set("CHAT_PORT", str(free_port()))
    running.set("LOCALAI_READY_SECONDS", "5")
    bad = add_a_page(running)
    (running.world / "ill").write_text("chat")

    ended = running.update()
    assert f"{bad} did not start: chat is not ready after 5 seconds; went back to {good}" in (
        ended.said
    )
    assert running.held("good") == good


def test_two_services_with_one_port_are_named_before_anything_changes(running: Server):
    port = free_port()
    running.set("LOCALAI_CHAT_PORT", "8081")
    head, calls = add_a_page(running), words(running.world / "calls")

    ended = running.update()
    assert (ended.code, ended.said) == (
        1, "dev: LOCALAI_CHAT_PORT and CHAT_PORT are both 8081; add the line CHAT_PORT=8082 to "
        f"{running.home}/.env; what runs stays\n",
    )  # fmt: skip
    assert words(running.world / "calls") == calls
    # The commit is not wrong: with the line it is taken.
    running.set("LOCALAI_CHAT_PORT", running.served().split()[1])
    running.set("CHAT_PORT", str(port))
    assert running.update().said == f"dev: serves {head}\n"


def test_a_gpu_that_is_counted_and_is_another_pools_is_named_before_anything_changes(
    server: Server,
):
    server.set("LOCALAI_CHAT_GPU_0", "1")
    pool = "    draw: {models: [llama-3.2-1b-instruct], gpu: nvidia-l4, storage: {size: 20Gi}}\n"
    server.source.edit("Pulumi.dev.yaml", "      cpu: 4", "      gpu: nvidia-l4\n      cpu: 4")
    server.source.write(
        "Pulumi.dev.yaml", (server.source.folder / "Pulumi.dev.yaml").read_text() + pool
    )
    server.source.commit("Take two GPUs")

    assert (
        "LOCALAI_CHAT_GPU_0 and LOCALAI_DRAW_GPU_0 are both 1; add the line LOCALAI_DRAW_GPU_0=2 to"
    ) in server.update().said
    assert words(server.world / "calls") == []
    server.set("LOCALAI_DRAW_GPU_0", "1")
    assert "install the NVIDIA Container Toolkit" in server.update().said


def test_a_gpu_without_its_runtime_is_refused_before_anything_starts(server: Server):
    server.source.edit("Pulumi.dev.yaml", "      cpu: 4", "      gpu: nvidia-l4\n      cpu: 4")
    server.source.commit("Take a GPU")

    ended = server.update()
    assert ended.code == 1
    assert "install the NVIDIA Container Toolkit" in ended.said
    assert "up" not in words(server.world / "calls")


def test_an_old_compose_is_refused(server: Server):
    docker = server.world / "docker"
    docker.write_text(
        f'#!/bin/sh\nshift\nexec {sys.executable} -m {servers.__name__} {server.world} "$@"\n'
    )
    docker.chmod(0o755)
    server.set("LOCALAI_COMPOSE", "docker compose")
    (server.world / "version").write_text("2.17.3")
    environment = {**server.environment(), "PATH": f"{server.world}:{os.environ['PATH']}"}

    done = subprocess.run(server.command(), env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Compose is older than 2.24" in done.stderr


def test_a_disk_that_is_full_changes_nothing(running: Server):
    before, good = running.served(), running.source.head
    changed(running)
    # No file may grow, as on a disk without a free block.
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$@"', "sh", *running.command()],
        env=running.environment(), capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 1
    assert "what ran keeps running" in done.stderr or "what runs stays" in done.stderr
    assert (running.served(), running.held("good")) == (before, good)
    assert running.update().code == 0


def test_status_says_what_runs_and_what_was_refused(running: Server):
    good = running.source.head
    running.source.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    bad = running.source.commit("Mistype")
    running.update()

    done = subprocess.run(
        running.command("--status"), env=running.environment(), capture_output=True, text=True
    )
    first, second = done.stdout.splitlines()
    assert first == f"runs {good}"
    assert second.startswith(f"refused {bad} `check dev` refuses")


def test_a_run_without_news_costs_a_moment(running: Server):
    before = os.times()
    for _ in range(5):
        running.update()
    after = os.times()

    used = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    # Sixty an hour; measured as some hundredths, and ten times that is a fault.
    assert used / 5 < 0.3


def test_the_units_are_what_systemd_takes(tmp_path: Path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    units = [name for name in server_files("dev") if name.startswith("localai-")]
    for name in units:
        (tmp_path / name).write_text(server_files("dev")[name])

    done = subprocess.run(
        [analyze, "verify", *(str(tmp_path / name) for name in units)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_job_is_run_with_what_it_waits_for_until_something_fails(running: Server):
    before = len(words(running.world / "calls"))

    assert running.update("--run", "localai-chat-verify") == Ended(code=0, said="")
    # The folders are emptied before and after it.
    asked = ["run", "folders", "run", "localai-chat-verify", "run", "folders"]
    assert words(running.world / "calls")[before:] == asked
    (running.world / "fails").write_text("folders")
    ended = running.update("--run", "localai-chat-verify")
    assert ended.code == 1
    assert ended.said.endswith(
        "dev: job localai-chat-verify failed in folders; its output is above\n"
    )


def test_a_job_that_is_not_there_is_told_with_those_that_are(running: Server):
    ended = running.update("--run", "localai-chat-verity")

    assert (
        "dev: unknown job 'localai-chat-verity'; jobs of this stack: localai-chat-verify; "
    ) in ended.said
    assert "unknown job '.*'" in running.update("--run", ".*").said
    assert ended.code == 1


def test_compose_is_told_of_what_runs(running: Server):
    assert running.update("--compose", "ps") == Ended(code=0, said="")

    assert words(running.world / "calls")[-1] == "ps"


@pytest.mark.parametrize("arguments", [("--run", "localai-chat-verify"), ("--compose", "ps")])
def test_where_nothing_runs_yet_there_is_nothing_to_ask(server: Server, arguments: tuple[str, str]):
    ended = server.update(*arguments)

    assert ended == Ended(code=1, said="dev: nothing runs here yet: run update.sh first\n")


def test_a_tool_that_is_not_there_refuses_no_commit(running: Server):
    head = changed(running)
    tool = f"{sys.executable} -m gitops"
    running.set("LOCALAI_TOOL", "localai-gitops-elsewhere")

    ended = running.update()
    assert "localai-gitops-elsewhere: command not found; set LOCALAI_TOOL in" in ended.said
    running.set("LOCALAI_TOOL", tool)
    assert running.update().said == f"dev: serves {head}\n"


def test_what_did_not_serve_is_still_there_to_be_looked_at(server: Server):
    (server.world / "wrong").write_text("qwen3-0.6b")
    assert "so it stays as it is" in server.update().said

    assert server.update("--compose", "logs") == Ended(code=0, said="")


def test_a_secret_that_is_there_is_given_to_whom_it_is_for(running: Server):
    secret = running.home.parent / "secrets/localai-api-key/api-key"
    secret.chmod(0o400)
    changed(running)

    assert running.update().code == 0
    assert secret.stat().st_mode & 0o777 == 0o440
