from dataclasses import replace
from typing import Any

import pytest

from gitops.cluster.progress import Awaited, State, awaited, states
from tests.gitops.cluster.test_manifests import pulled

HEAD = "a" * 40
WANTED = Awaited(name="stack-dev", namespace="localai-dev", revision=HEAD)
SYNCED = {"status": "Synced", "revision": HEAD}
HEALTHY = {"status": "Healthy"}
POLICY = {"retry": {"limit": 3}, "syncOptions": ["ServerSideApply=true"]}


def state(wanted: Awaited = WANTED, **status: Any) -> State:
    one = {
        "metadata": {"name": wanted.name},
        "spec": {"syncPolicy": POLICY},
        "status": status,
    }
    (found,) = states([wanted], {"items": [one]})
    return found


def test_what_is_not_there_is_awaited():
    (found,) = states([WANTED], {})

    assert (found.is_done, found.is_stuck, found.line()) == (
        False, False, "stack-dev: not there yet"
    )  # fmt: skip


def test_only_what_is_synced_and_well_at_the_commit_is_done():
    assert state(sync=SYNCED, health=HEALTHY).is_done
    assert not state(sync={**SYNCED, "revision": "b" * 40}, health=HEALTHY).is_done
    assert not state(sync=SYNCED, health={"status": "Progressing"}).is_done
    assert not state(sync={"status": "OutOfSync"}, health=HEALTHY).is_done
    assert not state(sync=SYNCED, health=HEALTHY, operationState={"phase": "Running"}).is_done
    assert not state().is_done


def test_a_frozen_stack_is_done_once_it_was_compared():
    frozen = Awaited(name="stack-dev", namespace="localai-dev", is_frozen=True)

    found = state(frozen, sync={"status": "OutOfSync"}, health={"status": "Missing"})
    assert found.is_done
    assert found.words == "OutOfSync, Missing, frozen: nothing is applied"
    assert not state(frozen).is_done


def test_an_operator_application_is_done_that_is_suspended_because_its_stack_is_frozen():
    cluster = pulled()
    stacks = {
        name: place.model_copy(update={"frozen": True})
        for name, place in cluster.settings.stacks.items()
    }
    cluster = replace(cluster, settings=cluster.settings.model_copy(update={"stacks": stacks}))
    known = awaited(cluster, {"main": HEAD})
    (wanted,) = (one for one in known if one.is_preview)

    assert [one.name for one in known if one.is_frozen] == ["stack-production"]
    assert wanted.name == "operator-dev"
    suspended = {"status": "Suspended"}
    found = state(wanted, sync=SYNCED, health=suspended)
    assert (found.is_done, found.cure) == (True, "")
    assert found.words == f"Synced, Suspended, at {HEAD[:9]}, frozen: nothing is applied"
    assert state(wanted, sync=SYNCED, health=HEALTHY).is_done
    assert not state(wanted, sync=SYNCED, health={"status": "Progressing"}).is_done
    assert not state(wanted, sync={"status": "OutOfSync"}, health=suspended).is_done
    assert not state(wanted, sync={**SYNCED, "revision": "b" * 40}, health=suspended).is_done
    assert not state(sync=SYNCED, health=suspended).is_done


SAID = {
    "authentication required: Repository not found.": "Argo CD cannot read the repository",
    "unable to resolve 'main' to a commit SHA": "the branch or commit is gone",
    "clusters/main/manifests: app path does not exist": "the manifests are not on that branch",
    "resource :Secret is not permitted in project stack-dev": "run `cluster render`",
    'namespaces "localai-dev" not found': "its namespace is created by another Application",
    "forbidden: exceeded quota: cluster": "raise the quota",
    "something else": "kubectl --namespace localai-dev get pods,events",
}


@pytest.mark.parametrize("said", SAID)
def test_what_argo_cd_says_comes_with_a_cure(said: str):
    found = state(conditions=[{"type": "ComparisonError", "message": said}])

    assert found.is_stuck
    assert f"ComparisonError: {said}" in found.words
    assert SAID[said] in found.cure


def test_a_sync_that_failed_is_asked_for_again_as_the_application_would():
    found = state(sync={"status": "OutOfSync"}, operationState={"phase": "Failed", "message": "x"})

    assert found.words == "OutOfSync, health unknown; sync Failed: x"
    assert found.again == {
        "operation": {
            "initiatedBy": {"username": "localai-gitops"},
            "retry": POLICY["retry"],
            "sync": {"prune": True, "syncOptions": POLICY["syncOptions"]},
        }
    }
    assert state(sync=SYNCED, health=HEALTHY).again is None


def test_an_object_that_is_not_well_is_named_with_its_reason():
    health = {"status": "Degraded", "message": "exceeded its progress deadline"}
    pod = {"kind": "Deployment", "name": "localai-chat", "health": health}

    found = state(sync=SYNCED, health={"status": "Degraded"}, resources=[pod])
    assert "Deployment localai-chat Degraded: exceeded its progress deadline" in found.words
