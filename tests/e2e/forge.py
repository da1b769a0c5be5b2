"""A real forge on the loopback: Gitea with SQLite, as a user of its own where we are root."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from sandbox.cluster.waiting import wait_until
from sandbox.toolchain.cache import built, means
from sandbox.toolchain.place import silent
from sandbox.toolchain.tools import GITEA
from tests.e2e.routing.loopback import HOST, free_port

USER, REVIEWER, PASSWORD = "promoter", "reviewer", "not-a-real-Password-1"
REPOSITORY = f"{USER}/models"
# Nobody, in Debian; Gitea refuses to be root.
_NOBODY = 65534
_SETTINGS = """\
RUN_MODE = prod
RUN_USER = {user}
WORK_PATH = {folder}
[server]
HTTP_ADDR = {host}
HTTP_PORT = {port}
ROOT_URL = http://{host}:{port}/
STATIC_ROOT_PATH = {share}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = {folder}/gitea.db
[repository]
ROOT = {folder}/repositories
[security]
INSTALL_LOCK = true
[service]
DISABLE_REGISTRATION = true
[cron]
ENABLED = false
[log]
MODE = console
LEVEL = warn
"""


@dataclass(frozen=True, kw_only=True)
class RealForge:
    """A running forge with an empty repository, and the tokens of two people."""

    address: str
    token: str
    reviewer: str

    @property
    def api(self) -> str:
        """Return the address of its interface."""
        return f"{self.address}/api/v1"

    @property
    def remote(self) -> str:
        """Return the address that Git clones and pushes."""
        return f"{self.address.replace('://', f'://{USER}:{self.token}@')}/{REPOSITORY}.git"

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """Ask its interface, and return what it answers."""
        headers = {"Authorization": f"token {token or self.token}"}
        answer = httpx2.request(
            method, f"{self.api}/{path}", headers=headers, json=body, timeout=60
        )
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@contextmanager
def forge() -> Generator[RealForge]:
    """Give a running forge whose files are gone afterwards."""
    entry = built(GITEA, means(), silent, "it is for tests alone")
    with TemporaryDirectory(prefix="gitea-") as folder:
        work = Path(folder)
        yield from _running(work, entry)


def _running(work: Path, entry: Path) -> Generator[RealForge]:
    port = free_port()
    root = os.geteuid() == 0
    said = {"user": "nobody" if root else os.environ.get("USER", ""), "folder": work, "host": HOST,
            "port": port, "share": work / "share"}  # fmt: skip
    shutil.copytree(entry / "share", work / "share")
    shutil.copy2(entry / "bin" / "gitea", work / "program")
    (work / "app.ini").write_text(_SETTINGS.format(**said))
    for path in (work, *work.rglob("*")) if root else ():
        os.chown(path, _NOBODY, _NOBODY)
    gitea = _Gitea(work=work, root=root)
    gitea.run("migrate")
    process = gitea.start("web")
    try:
        address = f"http://{HOST}:{port}"
        wait_until(lambda: _answers(f"{address}/api/healthz"), "Gitea does not answer", 120)
        tokens = [gitea.user(name) for name in (USER, REVIEWER)]
        made = RealForge(address=address, token=tokens[0], reviewer=tokens[1])
        made.ask("POST", "user/repos", {"name": "models", "default_branch": "main"})
        made.ask("PUT", f"repos/{REPOSITORY}/collaborators/{REVIEWER}", {"permission": "write"})
        yield made
    finally:
        process.terminate()
        process.wait(30)


@dataclass(frozen=True, kw_only=True)
class _Gitea:
    work: Path
    root: bool

    def start(self, *words: str, output: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        own = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        environment = {"HOME": str(self.work), "PATH": os.environ["PATH"]}
        command = [str(self.work / "program"), "--config", str(self.work / "app.ini"), *words]
        return subprocess.Popen(
            [*(own if self.root else ()), *command], cwd=self.work, env=environment, text=True,
            stdout=output, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, *words: str) -> str:
        process = self.start(*words, output=subprocess.PIPE)
        output, _ = process.communicate(timeout=240)
        assert process.returncode == 0, f"gitea {words[0]}: {output}"
        return output

    def user(self, name: str) -> str:
        """Add a user and return a token of theirs."""
        self.run("admin", "user", "create", "--username", name, "--password", PASSWORD, "--email",
                 f"{name}@example.org", "--must-change-password=false")  # fmt: skip
        words = ("admin", "user", "generate-access-token", "--username", name, "--raw")
        scopes = "write:repository,write:user,write:issue"
        return self.run(*words, "--scopes", scopes).split()[-1]


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False
