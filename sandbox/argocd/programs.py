"""Argo CD's programs and their command lines; everything listens on loopback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster import processes
from sandbox.cluster.layout import Layout
from sandbox.cluster.processes import PROGRAM_PATH
from sandbox.cluster.programs import Program
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until


@dataclass(frozen=True, kw_only=True)
class Places:
    """The folders of Argo CD in one sandbox."""

    root: Path

    @property
    def programs(self) -> Path:
        """Links to the one binary, by the names that tell it which role to play."""
        return self.root / "bin"

    @property
    def tls(self) -> Path:
        """Certificates of repository hosts: of the one on loopback."""
        return self.root / "tls"

    @property
    def ssh(self) -> Path:
        """Known SSH hosts; none is needed."""
        return self.root / "ssh"

    @property
    def plugins(self) -> Path:
        """Sockets of manifest plugins; there are none."""
        return self.root / "plugins"

    @property
    def home(self) -> Path:
        """The home folder, so that nothing of the machine's user is read."""
        return self.root / "home"

    @property
    def work(self) -> Path:
        """Temporary files: checkouts and manifests."""
        return self.root / "work"

    def folders(self) -> tuple[Path, ...]:
        """Return every folder that must exist before a program starts."""
        return (self.programs, self.tls, self.ssh, self.plugins, self.home, self.work)


def places(layout: Layout) -> Places:
    """Return the places of Argo CD in a sandbox."""
    return Places(root=layout.data / "argocd")


NAMESPACE = "argocd"
LOOPBACK = "127.0.0.1"
REDIS_PORT = 6379
REPO_SERVER_PORT = 8081
REPO_SERVER_METRICS_PORT = 8084
CONTROLLER_METRICS_PORT = 8082

REPO_SERVER = "argocd-repo-server"
CONTROLLER = "argocd-application-controller"
REDIS = "redis-server"
NOTIFICATIONS = "argocd-notifications"
API_SERVER = "argocd-server"
API_SERVER_PORT = 8088
WEBHOOK = f"http://{LOOPBACK}:{API_SERVER_PORT}/api/webhook"
"""Where a forge tells that somebody pushed."""

NAMES = (REDIS, REPO_SERVER, CONTROLLER)
"""In the order in which they start."""

POLL = "ARGOCD_RECONCILIATION_TIMEOUT"
CACHE = f"--redis={LOOPBACK}:{REDIS_PORT}"


def redis(folder: Places) -> Program:
    """Return the cache; nothing of it is written to disk."""
    return Program(
        name=REDIS,
        arguments=(
            *("--bind", LOOPBACK),
            *("--port", str(REDIS_PORT)),
            *("--dir", str(folder.work)),
            *("--appendonly", "no"),
            *("--save", ""),
        ),
    )


def repo_server(layout: Layout, folder: Places, poll: str = "") -> Program:
    """Return the program that reads repositories and makes manifests of them."""
    return Program(
        name=REPO_SERVER,
        arguments=(
            f"--address={LOOPBACK}",
            f"--port={REPO_SERVER_PORT}",
            f"--metrics-address={LOOPBACK}",
            f"--metrics-port={REPO_SERVER_METRICS_PORT}",
            "--disable-tls",
            "--client-ca-path=",
            CACHE,
        ),
        environment=environment(layout, folder, poll),
    )


def application_controller(layout: Layout, folder: Places, poll: str = "") -> Program:
    """Return the program that compares, syncs and heals applications."""
    return Program(
        name=CONTROLLER,
        arguments=(
            f"--kubeconfig={layout.kubeconfig}",
            f"--namespace={NAMESPACE}",
            f"--repo-server={LOOPBACK}:{REPO_SERVER_PORT}",
            "--repo-server-plaintext",
            f"--metrics-port={CONTROLLER_METRICS_PORT}",
            # The health of each object is then in the Application, where a test can read it.
            "--persist-resource-health",
            CACHE,
        ),
        # As docs/clusters.md advises.
        environment={**environment(layout, folder, poll), "ARGOCD_SYNC_WAVE_DELAY": "1"},
    )


def notifications(layout: Layout, folder: Places) -> Program:
    """Return the program that tells others of Applications; only tests of that start it."""
    return Program(
        name=NOTIFICATIONS,
        arguments=(
            "controller",
            f"--kubeconfig={layout.kubeconfig}",
            f"--namespace={NAMESPACE}",
            f"--argocd-repo-server={LOOPBACK}:{REPO_SERVER_PORT}",
            "--argocd-repo-server-plaintext",
        ),
        environment=environment(layout, folder, ""),
    )


def api_server(layout: Layout, folder: Places) -> Program:
    """Return the program that takes the webhooks of forges; only tests of those start it."""
    return Program(
        name=API_SERVER,
        arguments=(
            f"--kubeconfig={layout.kubeconfig}",
            f"--namespace={NAMESPACE}",
            f"--address={LOOPBACK}",
            f"--port={API_SERVER_PORT}",
            f"--metrics-address={LOOPBACK}",
            f"--metrics-port={API_SERVER_PORT + 1}",
            f"--repo-server={LOOPBACK}:{REPO_SERVER_PORT}",
            "--repo-server-plaintext",
            "--insecure",
            CACHE,
        ),
        environment=environment(layout, folder, ""),
    )


def environment(layout: Layout, folder: Places, poll: str) -> dict[str, str]:
    """Return the variables that give Argo CD paths of its own and this cluster as its own."""
    return {
        "PATH": f"{folder.programs}:{PROGRAM_PATH}",
        "HOME": str(folder.home),
        "TMPDIR": str(folder.work),
        "KUBECONFIG": str(layout.kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_TLS_DATA_PATH": str(folder.tls),
        "ARGOCD_SSH_DATA_PATH": str(folder.ssh),
        "ARGOCD_PLUGINSOCKFILEPATH": str(folder.plugins),
        **({POLL: poll, f"{POLL[:-7]}JITTER": "0s"} if poll else {}),
    }


def end(sandbox: Sandbox, name: str) -> None:
    """End a program and forget it; one that does not run is only forgotten."""
    record = sandbox.layout.processes / f"{name}.json"
    found = processes.load(record)
    if found and processes.is_running(found):
        # The recorded process only waits for the program, which is its child in another namespace.
        processes.kill(processes.child_of(found.pid) or found.pid)
        wait_until(lambda: not processes.is_running(found), f"{name} did not end", seconds=10)
    record.unlink(missing_ok=True)
