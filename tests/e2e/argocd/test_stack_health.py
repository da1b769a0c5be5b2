"""How Argo CD judges an operator Stack by the rule that is shipped for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.argocd.application import Application, ApplicationStatus
from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.start import config_map, customizations
from sandbox.toolchain.ensure import ensure
from tests.e2e.argocd.stacks import (
    COMMIT,
    NOT_READY,
    NOT_STALLED,
    OLDER,
    PREVIEW,
    READY,
    RETRYING,
    STALLED,
    UP,
    UPDATING,
    stack,
    status,
)

pytestmark = pytest.mark.e2e

DEFINITION = Path(__file__).parents[1] / "data" / "stack-crd.yaml"
NAMESPACE = "stacks"
BEHIND = {"type": "up", "lastSuccessfulCommit": OLDER, "lastAttemptedCommit": COMMIT}

JUDGED: list[tuple[str, dict[str, Any] | None, dict[str, Any]]] = [
    ("Healthy", status(READY, last=UP), {}),
    ("Healthy", status(READY, NOT_STALLED, last=UP), {}),
    ("Healthy", status(READY, last=UP), {"commit": COMMIT}),
    ("Degraded", status(NOT_READY, STALLED, last=BEHIND), {}),
    ("Degraded", status(NOT_READY, STALLED), {}),
    ("Progressing", None, {}),
    ("Progressing", {}, {}),
    ("Progressing", status(), {}),
    ("Progressing", status(READY), {}),
    ("Progressing", status(READY, last={"type": "up"}), {}),
    ("Progressing", status(READY, last={**UP, "type": "destroy"}), {}),
    ("Progressing", status(READY, last=BEHIND), {}),
    ("Progressing", status(READY, last=UP), {"commit": OLDER}),
    ("Progressing", status(READY, last=UP, generation=0), {}),
    ("Progressing", status(STALLED, last=UP, generation=0), {}),
    ("Progressing", status(NOT_READY, UPDATING, last=UP), {}),
    ("Progressing", status(NOT_READY, RETRYING, last=BEHIND), {}),
    ("Progressing", status(NOT_READY, last=UP), {}),
    ("Progressing", status(READY, last=PREVIEW), {}),
    ("Suspended", status(READY, last=PREVIEW), {"preview": True}),
    ("Degraded", status(NOT_READY, STALLED, last=PREVIEW), {"preview": True}),
]


def judge(argocd: ArgoCd, folder: Path, thing: dict[str, Any]) -> tuple[str, str]:
    """Return the health of an object and the words for it, by Argo CD's own command."""
    (folder / "settings.yaml").write_text(json.dumps(config_map("argocd-cm", customizations())))
    (folder / "object.yaml").write_text(json.dumps(thing))
    program = ensure(("argocd",)).program("argocd")
    verb = ("admin", "settings", "resource-overrides", "health")
    settings = f"--argocd-cm-path={folder / 'settings.yaml'}"
    done = argocd.sandbox.run([program, *verb, str(folder / "object.yaml"), settings])
    assert done.returncode == 0, done.stderr
    health, _, message = done.stdout.partition("\n")
    return health.removeprefix("STATUS: "), message.removeprefix("MESSAGE: ").strip()


@pytest.mark.parametrize(("health", "state", "spec"), JUDGED)
def test_a_stack_is_healthy_only_when_an_update_applied_what_is_wanted(
    argocd: ArgoCd, tmp_path: Path, health: str, state: dict[str, Any] | None, spec: dict[str, Any]
):
    seen = {**stack(**spec), **({} if state is None else {"status": state})}
    seen["metadata"] = {**seen["metadata"], "generation": 1}
    assert judge(argocd, tmp_path, seen)[0] == health


def test_the_message_says_why_a_stack_is_stalled(argocd: ArgoCd, tmp_path: Path):
    seen = {**stack(), "status": status(STALLED)}
    seen["metadata"] = {**seen["metadata"], "generation": 1}
    assert judge(argocd, tmp_path, seen) == ("Degraded", "UpdateFailed: up failed 3 times")


def test_a_stack_that_is_being_deleted_is_not_healthy(argocd: ArgoCd, tmp_path: Path):
    seen = {**stack(), "status": status(READY, last=UP)}
    metadata = {"generation": 1, "deletionTimestamp": "2026-01-01T00:00:00Z"}
    seen["metadata"] = {**seen["metadata"], **metadata}
    assert judge(argocd, tmp_path, seen)[0] == "Progressing"


@pytest.mark.parametrize(
    ("phase", "health"), [("Pending", "Healthy"), ("Bound", "Healthy"), ("Lost", "Degraded")]
)
def test_a_claim_that_waits_for_its_first_pod_holds_no_sync_up(
    argocd: ArgoCd, tmp_path: Path, phase: str, health: str
):
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}}
    assert judge(argocd, tmp_path, {**claim, "status": {"phase": phase}})[0] == health


AUTOMATED: dict[str, Any] = {"syncPolicy": {"automated": {}}}


@pytest.mark.parametrize(
    ("spec", "sync", "was", "health"),
    [
        (AUTOMATED, "Synced", "Healthy", "Healthy"),
        (AUTOMATED, "OutOfSync", "Healthy", "Progressing"),
        (AUTOMATED, "Synced", "Progressing", "Progressing"),
        # What previews only, by the operator or because Argo CD does not sync it.
        (AUTOMATED, "Synced", "Suspended", "Healthy"),
        ({}, "OutOfSync", "Healthy", "Healthy"),
        ({}, "OutOfSync", "Missing", "Healthy"),
        ({}, "Synced", "Degraded", "Degraded"),
    ],
)
def test_an_application_that_is_frozen_holds_no_sync_up(
    argocd: ArgoCd, tmp_path: Path, spec: dict[str, Any], sync: str, was: str, health: str
):
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "a"},
        "spec": spec,
        "status": {"health": {"status": was}, "sync": {"status": sync}},
    }
    assert judge(argocd, tmp_path, application)[0] == health


def observe(argocd: ArgoCd, state: dict[str, Any]) -> None:
    """Write the status of the Stack as the operator would."""
    patch = ("--subresource=status", "--type=merge", f"--patch={json.dumps({'status': state})}")
    argocd.sandbox.kubectl(f"--namespace={NAMESPACE}", "patch", "stack", "app", *patch)


def wait_for(argocd: ArgoCd, health: str) -> None:
    """Return when the Application that holds the Stack is synced and has this health."""

    def has_it(seen: ApplicationStatus) -> bool:
        return (seen.sync, seen.health) == ("Synced", health)

    argocd.wait("stacks", has_it)


def test_an_application_is_as_healthy_as_its_stack(argocd: ArgoCd):
    argocd.sandbox.kubectl("apply", "--server-side", f"--filename={DEFINITION}")
    argocd.sandbox.kubectl("wait", "--for=condition=Established", "crd/stacks.pulumi.com")
    argocd.sandbox.kubectl("create", "namespace", NAMESPACE)
    repository = argocd.repository("stacks")
    file = repository.path / "stack.yaml"
    file.write_text(yaml.safe_dump(stack()))
    repository.commit("Declare a Stack")
    argocd.apply(
        Application(name="stacks", repository=repository.path, path=".", namespace=NAMESPACE)
    )
    wait_for(argocd, "Progressing")
    observe(argocd, status(NOT_READY, STALLED))
    wait_for(argocd, "Degraded")
    observe(argocd, status(READY, last=UP))
    wait_for(argocd, "Healthy")

    file.write_text(yaml.safe_dump(stack(preview=True)))
    repository.commit("Freeze the Stack")
    argocd.refresh("stacks")
    wait_for(argocd, "Progressing")
    observe(argocd, status(READY, last=PREVIEW, generation=2))
    wait_for(argocd, "Suspended")
