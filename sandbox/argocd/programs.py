"""Argo CD's programs and their command lines; everything listens on loopback."""

from __future__ import annotations

from sandbox.argocd.places import Places
from sandbox.cluster.layout import Layout
from sandbox.cluster.processes import PROGRAM_PATH
from sandbox.cluster.programs import Program

NAMESPACE = "argocd"
LOOPBACK = "127.0.0.1"
REDIS_PORT = 6379
REPO_SERVER_PORT = 8081
REPO_SERVER_METRICS_PORT = 8084
CONTROLLER_METRICS_PORT = 8082

REPO_SERVER = "argocd-repo-server"
CONTROLLER = "argocd-application-controller"
REDIS = "redis-server"
NAMES = (REDIS, REPO_SERVER, CONTROLLER)
"""In the order in which they start."""

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


def repo_server(layout: Layout, folder: Places) -> Program:
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
        environment=environment(layout, folder),
    )


def application_controller(layout: Layout, folder: Places) -> Program:
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
        environment=environment(layout, folder),
    )


def environment(layout: Layout, folder: Places) -> dict[str, str]:
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
    }
