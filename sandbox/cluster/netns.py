"""Network namespaces: made, entered and removed by name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.errors import SandboxError

NODE = "10.200.0.1"
"""The API server and the real node; the API server refuses loopback as its own address."""

NODE_PREFIX = 24
API_PORT = 6443
API = f"https://{NODE}:{API_PORT}"
SERVICES = "10.201.0.0/16"
API_SERVICE = "10.201.0.1"
"""The first service address, which Kubernetes gives to its own API."""

PODS = "10.202.0.0/16"
FAKE_PODS = "10.203.0.1/16"
"""Addresses that kwok writes into the status of pods that do not run."""

ETCD = "http://127.0.0.1:2379"


class NamespaceError(SandboxError):
    """A namespace could not be made."""


def enter(netns: str) -> list[str]:
    """Return the words before a command that run it inside a network namespace.

    `ip netns exec` would hide the control groups, which a kubelet needs.
    """
    return ["nsenter", f"--net=/run/netns/{netns}", "--"]


def run_in(
    netns: str,
    argv: Sequence[str],
    *,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command inside a network namespace and return its outcome, whatever it is.

    `environment` is added to this process's own; `timeout` is in seconds.
    """
    return subprocess.run(
        [*enter(netns), *argv],
        input=stdin,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def exists(netns: str) -> bool:
    """Tell whether a namespace of this name exists."""
    return Path("/run/netns", netns).exists()


def ip(*arguments: str) -> str:
    """Run one `ip` command and return its output; raises NamespaceError when it fails."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NamespaceError(
            f"`ip {' '.join(arguments)}` failed: {done.stderr.strip()}",
            "This needs a kernel with network namespaces and veth pairs, and root",
        )
    return done.stdout


def create(netns: str) -> None:
    """Make a namespace with loopback and the node's address.

    The address sits on one end of a veth pair, as not every kernel has dummy devices.
    """
    ip("netns", "add", netns)
    inside = ("-n", netns)
    ip(*inside, "link", "set", "lo", "up")
    ip(*inside, "link", "add", "node0", "type", "veth", "peer", "name", "peer0")
    ip(*inside, "addr", "add", f"{NODE}/{NODE_PREFIX}", "dev", "node0")
    ip(*inside, "link", "set", "node0", "up")
    ip(*inside, "link", "set", "peer0", "up")
    # Service addresses need a route, or connecting fails before they are translated. There is no
    # default route: what is outside, name servers too, then fails at once instead of timing out.
    ip(*inside, "route", "add", SERVICES, "dev", "node0")


def pids(netns: str) -> list[int]:
    """Return the processes whose network namespace this is."""
    return [int(pid) for pid in ip("netns", "pids", netns).split()]


def remove(netns: str) -> None:
    """Remove a namespace; its devices and addresses go with it."""
    ip("netns", "delete", netns)
