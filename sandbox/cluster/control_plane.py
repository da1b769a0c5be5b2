"""Bringing up the control plane: keys, files, programs in order, and the first objects."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gitops.validation.custom_resources.sources import FOLDER as DEFINITIONS
from sandbox.cluster import keys, programs
from sandbox.cluster.layout import Layout
from sandbox.cluster.nodes import STORAGE_CLASSES, FakeNode, node
from sandbox.cluster.processes import ending
from sandbox.cluster.programs import (
    etcd,
    kube_apiserver,
    kube_controller_manager,
    kube_scheduler,
    kwok,
)
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import WaitError, wait_until


def write_files(layout: Layout, stages: Path) -> None:
    """Make the keys and every configuration file of the control plane."""
    keys.create(layout.keys)
    for identity in keys.IDENTITIES:
        if not identity.addresses:
            programs.write_kubeconfig(layout, identity.file)
    encryption = programs.encryption(secrets.token_bytes(32))
    programs.write(layout.config / "encryption.json", encryption)
    programs.write(layout.config / "audit-policy.json", programs.audit_policy())
    documents = [path.read_text() for path in sorted(stages.glob("*.yaml"))]
    (layout.config / "stages.yaml").write_text("\n---\n".join(documents))


def start(sandbox: Sandbox) -> None:
    """Start the control plane's programs and return when the API server is ready."""
    sandbox.start(etcd(sandbox.layout))
    sandbox.start(kube_apiserver(sandbox.layout))
    wait_for_api(sandbox)
    for program in (kube_controller_manager, kube_scheduler, kwok):
        sandbox.start(program(sandbox.layout))


def wait_for_api(sandbox: Sandbox) -> None:
    """Return when the API server says it is ready; raises WaitError at once when it died."""

    def can_go_on() -> bool:
        check_alive(sandbox)
        return is_ready(sandbox)

    wait_until(can_go_on, "The API server was not ready", seconds=60)


def is_ready(sandbox: Sandbox) -> bool:
    """Tell whether the API server says that it is ready."""
    command = [sandbox.tools.program("kubectl"), "get", "--raw=/readyz", "--request-timeout=2s"]
    return sandbox.run(command).returncode == 0


def check_alive(sandbox: Sandbox) -> None:
    """Raise WaitError with the reason in its log when a program has ended."""
    for name, running in sandbox.programs().items():
        if not running:
            log = sandbox.layout.logs / f"{name}.log"
            told = ending(log.read_text(errors="replace"))
            raise WaitError(f"{name} ended on its start: {told.cause}", told.cure)


def populate(sandbox: Sandbox, nodes: Sequence[FakeNode]) -> None:
    """Create the nodes, storage classes and definitions, and return when they are usable."""
    if nodes:
        sandbox.create(node(fake) for fake in nodes)
    sandbox.apply(STORAGE_CLASSES)
    sandbox.kubectl("apply", "--server-side", f"--filename={DEFINITIONS}")
    sandbox.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=30s")
    if nodes:
        wait_for_nodes(sandbox, [fake.name for fake in nodes])
    wait_for_definitions(sandbox)
    check_alive(sandbox)


def wait_for_definitions(sandbox: Sandbox) -> None:
    """Return when every custom resource definition can be used.

    `kubectl wait` gives up when one has no condition yet, which a busy machine shows.
    """

    def all_established() -> bool:
        listed = json.loads(sandbox.kubectl("get", "crd", "--output=json"))["items"]
        return all(is_established(definition) for definition in listed)

    wait_until(all_established, "the custom resource definitions were not established")


def is_established(definition: dict[str, Any]) -> bool:
    """Tell whether a custom resource definition can be used."""
    conditions = definition.get("status", {}).get("conditions") or ()
    return any((one["type"], one["status"]) == ("Established", "True") for one in conditions)


def wait_for_nodes(sandbox: Sandbox, names: Sequence[str], seconds: int = 120) -> None:
    """Return when these nodes are Ready."""
    wanted = [f"node/{name}" for name in names]
    sandbox.kubectl("wait", "--for=condition=Ready", *wanted, f"--timeout={seconds}s")
