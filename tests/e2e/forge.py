"""A real forge on the loopback: Gitea with SQLite, as a user of its own where we are root.

On that of this machine, or on that of a sandbox, where Argo CD reads it by https.
"""

import os
import shutil
import ssl
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from sandbox.cluster.netns import enter
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.serving.forward import forwarded
from sandbox.toolchain.cache import built, means
from sandbox.toolchain.place import silent
from sandbox.toolchain.tools import GITEA
from tests.e2e.routing.loopback import HOST, free_port

USER, REVIEWER, PASSWORD = "promoter", "reviewer", "not-a-real-Password-1"
REPOSITORY = f"{USER}/models"
# A port of the loopback of a sandbox that nothing else has.
_INSIDE = 3000
# Nobody, in Debian; Gitea refuses to be root.
_NOBODY = 65534
_SETTINGS = """\
RUN_MODE = prod
RUN_USER = {user}
WORK_PATH = {folder}
[server]
PROTOCOL = {protocol}
HTTP_ADDR = {host}
HTTP_PORT = {port}
ROOT_URL = {protocol}://{host}:{port}/
CERT_FILE = {folder}/tls.crt
KEY_FILE = {folder}/tls.key
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
[webhook]
ALLOWED_HOST_LIST = loopback
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
    """A running forge with an empty repository, and the tokens of two people.

    `address` is where it answers, and `outside` where it does for this machine.
    """

    address: str
    outside: str
    token: str
    reviewer: str
    gitea: "_Gitea"

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
            method, f"{self.outside}/api/v1/{path}", headers=headers, json=body, timeout=60,
            verify=self.gitea.trusted,
        )  # fmt: skip
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    @contextmanager
    def away(self) -> Generator[None]:
        """Keep it ended until the end of the block; its files stay."""
        self.gitea.end()
        try:
            yield
        finally:
            self.gitea.serve(self.outside)


@contextmanager
def forge(sandbox: Sandbox | None = None) -> Generator[RealForge]:
    """Give a running forge whose files are gone afterwards; in a sandbox, if one is given."""
    entry = built(GITEA, means(), silent, "it is for tests alone")
    with TemporaryDirectory(prefix="gitea-") as folder, ExitStack() as ways:
        gitea = _Gitea(work=Path(folder), root=os.geteuid() == 0, sandbox=sandbox)
        port = _INSIDE if sandbox else free_port()
        gitea.lay_out(entry, port)
        outside = ways.enter_context(forwarded(sandbox.netns, HOST, port)) if sandbox else port
        try:
            yield _running(gitea, *(f"{gitea.protocol}://{HOST}:{one}" for one in (port, outside)))
        finally:
            gitea.end()


def _running(gitea: "_Gitea", address: str, outside: str) -> RealForge:
    gitea.run("migrate")
    gitea.serve(outside)
    tokens = [gitea.user(name) for name in (USER, REVIEWER)]
    made = RealForge(
        address=address, outside=outside, token=tokens[0], reviewer=tokens[1], gitea=gitea
    )
    made.ask("POST", "user/repos", {"name": "models", "default_branch": "main"})
    made.ask("PUT", f"repos/{REPOSITORY}/collaborators/{REVIEWER}", {"permission": "write"})
    return made


@dataclass(frozen=True, kw_only=True)
class _Gitea:
    work: Path
    root: bool
    sandbox: Sandbox | None
    serving: "list[subprocess.Popen[str]]" = field(default_factory=list["subprocess.Popen[str]"])

    @property
    def protocol(self) -> str:
        # A cluster file takes no other address than https, or ssh.
        return "https" if self.sandbox else "http"

    @property
    def trusted(self) -> "ssl.SSLContext | bool":
        keys = self.sandbox.layout.keys if self.sandbox else None
        return ssl.create_default_context(cafile=keys / "ca.crt") if keys else True

    def lay_out(self, entry: Path, port: int) -> None:
        """Write its files, for a user of its own."""
        work = self.work
        said = {"user": "nobody" if self.root else os.environ.get("USER", ""), "folder": work,
                "host": HOST, "port": port, "share": work / "share",
                "protocol": self.protocol}  # fmt: skip
        shutil.copytree(entry / "share", work / "share")
        shutil.copy2(entry / "bin" / "gitea", work / "program")
        (work / "app.ini").write_text(_SETTINGS.format(**said))
        if self.sandbox:
            # The certificate of the API server names the loopback.
            for end in ("crt", "key"):
                pair = self.sandbox.layout.keys / f"kube-apiserver.{end}"
                shutil.copy2(pair, work / f"tls.{end}")
        for path in (work, *work.rglob("*")) if self.root else ():
            os.chown(path, _NOBODY, _NOBODY)

    def start(self, *words: str, output: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        own = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        inside = enter(self.sandbox.netns) if self.sandbox else []
        environment = {"HOME": str(self.work), "PATH": os.environ["PATH"]}
        command = [str(self.work / "program"), "--config", str(self.work / "app.ini"), *words]
        return subprocess.Popen(
            [*inside, *(own if self.root else ()), *command], cwd=self.work, env=environment,
            text=True, stdout=output, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def serve(self, outside: str) -> None:
        """Start it, and return when it answers."""
        self.serving.append(self.start("web"))
        address = f"{outside}/api/healthz"
        wait_until(lambda: _answers(address, self.trusted), "Gitea does not answer", 120)

    def end(self) -> None:
        """End it, if it runs."""
        for process in self.serving:
            process.terminate()
            process.wait(30)
        self.serving.clear()

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


def _answers(address: str, trusted: "ssl.SSLContext | bool") -> bool:
    try:
        return httpx2.get(address, timeout=5, verify=trusted).status_code == 200
    except httpx2.HTTPError:
        return False
