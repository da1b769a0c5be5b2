"""The objects that Argo CD expects in its namespace before it starts."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.argocd import programs
from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.programs import LOOPBACK, NAMESPACE, Places, places
from sandbox.cluster.control_plane import check_alive
from sandbox.cluster.sandbox import Manifest, Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.errors import SandboxError
from sandbox.toolchain.ensure import (
    SYSTEM_PACKAGES,
    Progress,
    Toolset,
    ensure,
    install_line,
    missing,
    silent,
)

PART_OF = {"app.kubernetes.io/part-of": "argocd"}
"""Argo CD looks its own ConfigMaps and Secrets up by this label."""


def installation(customizations: Mapping[str, str], key: str) -> tuple[Manifest, ...]:
    """Return the namespace, settings and default project; `key` signs sessions nobody opens."""
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        config_map("argocd-cm", customizations),
        config_map("argocd-rbac-cm", {}),
        config_map("argocd-cmd-params-cm", {"controller.resource.health.persist": "true"}),
        secret("argocd-secret", {"server.secretkey": key}),
        default_project(),
    )


def config_map(name: str, data: Mapping[str, str]) -> Manifest:
    """Return one of Argo CD's ConfigMaps."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name), "data": data}


def secret(name: str, data: Mapping[str, str]) -> Manifest:
    """Return one of Argo CD's Secrets."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata(name), "stringData": data}


def metadata(name: str) -> Manifest:
    """Return the metadata by which Argo CD finds its own objects."""
    return {"name": name, "namespace": NAMESPACE, "labels": PART_OF}


def default_project() -> Manifest:
    """Return the project that allows everything, which is what a sandbox wants."""
    anything = {"group": "*", "kind": "*"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": NAMESPACE},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [anything],
        },
    }


FOLDER = Path(__file__).resolve().parents[2] / "gitops" / "cluster" / "health"
PREFIX = "resource.customizations.health."


def customizations(folder: Path = FOLDER) -> dict[str, str]:
    """Return the rules as keys and values of argocd-cm.

    Each is a file `<group>_<Kind>.lua` in `folder`.
    """
    return {PREFIX + path.stem: path.read_text() for path in sorted(folder.glob("*.lua"))}


SCRIPTS = ("git-verify-wrapper.sh", "gpg-wrapper.sh")
"""Found on PATH by every sync, whether signatures are checked or not."""

HEALTHY = (
    "import http.client as h, sys\n"
    "c = h.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=2)\n"
    "c.request('GET', '/healthz')\n"
    "sys.exit(c.getresponse().status != 200)\n"
)


class StartError(SandboxError):
    """Argo CD cannot start on this machine as it is."""


def repositories_folder(sandbox: Sandbox) -> Path:
    """Return a folder for repositories that the sandbox's programs see, and that goes with it."""
    return sandbox.layout.data / "repositories"


def start(
    sandbox: Sandbox,
    repositories: Path,
    progress: Progress = silent,
    *,
    customized: bool = True,
    poll: str = "",
) -> ArgoCd:
    """Return Argo CD, running in a sandbox and able to read the folder `repositories`.

    It has our rules of health, unless it is to get them as a cluster does; `poll` is how often it
    looks for commits, such as `5s`.

    Raises SandboxError when the machine lacks something; its programs end with the sandbox.
    """
    require_packages()
    tools = ensure(("argocd",), progress)
    repositories.mkdir(parents=True, exist_ok=True)
    require_visible(sandbox, repositories)
    folder = places(sandbox.layout)
    lay_out(folder, tools)
    shutil.copy(sandbox.layout.keys / "ca.crt", folder.tls / LOOPBACK)
    argocd = ArgoCd(sandbox=sandbox, repositories=repositories)
    argocd.stop()
    install(sandbox, customizations() if customized else {})
    start_programs(sandbox, folder, poll)
    progress(f"sandbox {sandbox.name}: Argo CD is ready\n")
    return argocd


def require_packages() -> None:
    """Raise StartError naming the distribution's packages that are missing."""
    needed = [one for one in SYSTEM_PACKAGES if one.package in ("git", "redis-server")]
    lacking = missing(needed)
    if lacking:
        names = ", ".join(one.package for one in lacking)
        raise StartError(f"Argo CD needs {names}", f"Run: {install_line(lacking)}")


def require_visible(sandbox: Sandbox, repositories: Path) -> None:
    """Raise StartError unless the sandbox's programs can see a folder."""
    if sandbox.run_inside(["test", "-d", str(repositories)]):
        raise StartError(
            f"The sandbox does not see {repositories}, as it has a /tmp, /run and /var/log of its"
            " own",
            f"Use a folder elsewhere, such as {repositories_folder(sandbox)}",
        )


def lay_out(folder: Places, tools: Toolset) -> None:
    """Make the folders of Argo CD, with its binary and scripts under the names it looks for."""
    for one in folder.folders():
        one.mkdir(parents=True, exist_ok=True)
    (folder.ssh / "ssh_known_hosts").touch()
    binary = tools.programs["argocd"]
    # Git asks the last of them for a password.
    targets = dict.fromkeys(
        (
            programs.REPO_SERVER,
            programs.CONTROLLER,
            programs.NOTIFICATIONS,
            programs.API_SERVER,
            "argocd",
        ),
        binary,
    )
    for name, target in {**targets, **{name: tools.programs[name] for name in SCRIPTS}}.items():
        link = folder.programs / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def install(sandbox: Sandbox, customized: Mapping[str, str]) -> None:
    """Apply the objects that Argo CD expects."""
    sandbox.apply(installation(customized, secrets.token_urlsafe(32)), "--force-conflicts")


def start_programs(sandbox: Sandbox, folder: Places, poll: str) -> None:
    """Start the programs in order and return when they answer."""
    sandbox.start(programs.redis(folder))
    sandbox.start(programs.repo_server(sandbox.layout, folder, poll))
    wait_healthy(sandbox, programs.REPO_SERVER, programs.REPO_SERVER_METRICS_PORT)
    start_controller(sandbox, poll)


def start_controller(sandbox: Sandbox, poll: str = "") -> None:
    """Start the program that syncs, and return when it answers."""
    sandbox.start(programs.application_controller(sandbox.layout, places(sandbox.layout), poll))
    wait_healthy(sandbox, programs.CONTROLLER, programs.CONTROLLER_METRICS_PORT)


def take_webhooks(argocd: ArgoCd) -> None:
    """Start the program that takes the webhooks of forges, and return when it answers."""
    sandbox = argocd.sandbox
    sandbox.start(programs.api_server(sandbox.layout, places(sandbox.layout)))
    wait_healthy(sandbox, programs.API_SERVER, programs.API_SERVER_PORT)


def wait_healthy(sandbox: Sandbox, name: str, port: int) -> None:
    """Return when a program says it is healthy; raises WaitError at once when one ended."""
    command = [sys.executable, "-c", HEALTHY, str(port)]

    def is_healthy() -> bool:
        check_alive(sandbox)
        return sandbox.run(command).returncode == 0

    wait_until(is_healthy, f"{name} was not healthy", seconds=60)
