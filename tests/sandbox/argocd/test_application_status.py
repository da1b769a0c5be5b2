from dataclasses import replace

import pytest

from sandbox.argocd.application import ApplicationStatus, ObjectStatus, parse

STATUS = {
    "sync": {"status": "Synced", "revision": "0123456789"},
    "health": {"status": "Healthy"},
    "operationState": {"phase": "Succeeded", "message": "all tasks run", "retryCount": 2},
    "conditions": [{"type": "SyncError", "message": "it failed"}],
    "resources": [
        {"kind": "Service", "name": "a", "status": "Synced", "health": {"status": "Healthy"}},
        {"kind": "ConfigMap", "name": "b", "status": "Synced"},
        {
            "kind": "Stack",
            "name": "c",
            "status": "Synced",
            "health": {"status": "Degraded", "message": "it stalled"},
        },
    ],
}
CONVERGED = ApplicationStatus(
    sync="Synced",
    revision="abc",
    health="Healthy",
    phase="Succeeded",
    message="",
    retries=0,
    conditions=(),
    objects=(),
)


def test_a_status_is_read():
    status = parse({"status": STATUS})
    assert (status.sync, status.revision, status.health) == ("Synced", "0123456789", "Healthy")
    assert (status.phase, status.message, status.retries) == ("Succeeded", "all tasks run", 2)
    assert status.conditions == ("SyncError: it failed",)
    assert status.objects[2] == ObjectStatus(
        kind="Stack", name="c", sync="Synced", health="Degraded", message="it stalled"
    )


@pytest.mark.parametrize("application", [{}, {"status": {}}, {"status": {"sync": {}}}])
def test_an_application_that_was_not_looked_at_has_not_converged(application: dict[str, object]):
    assert not parse(application).converged("")
    assert parse(application).sentence() == "not compared; health unknown; at no revision"


def test_it_has_converged_when_the_commit_is_applied_and_well():
    assert CONVERGED.converged("abc")
    assert replace(CONVERGED, phase="").converged("abc")


@pytest.mark.parametrize(
    "before",
    [
        replace(CONVERGED, revision="older"),
        replace(CONVERGED, sync="OutOfSync"),
        replace(CONVERGED, health="Progressing"),
        replace(CONVERGED, health="Missing"),
        replace(CONVERGED, phase="Running"),
        replace(CONVERGED, phase="Failed"),
        replace(CONVERGED, phase="Error"),
    ],
)
def test_it_has_not_converged_before(before: ApplicationStatus):
    assert not before.converged("abc")


def test_a_sentence_names_only_what_stands_in_the_way():
    assert parse({"status": STATUS}).sentence() == (
        "Synced; Healthy; at 01234567; last sync Succeeded: all tasks run; SyncError: it failed;"
        " Stack c Synced Degraded it stalled"
    )
