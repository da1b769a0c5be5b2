"""What only the state, or only the cluster, knows of a stack."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitops.cluster.orphans import Difference, difference, namespaces


def made(name: str, kind: str = "Job", api: str = "batch/v1", **metadata: Any) -> dict[str, Any]:
    place = {"name": name, "namespace": "localai", **metadata}
    return {"apiVersion": api, "kind": kind, "metadata": place}


def state(*objects: dict[str, Any], pending: tuple[str, ...] = ()) -> dict[str, Any]:
    resources = [
        {"type": f"kubernetes:{one['apiVersion']}:{one['kind']}", "urn": "u", "outputs": one}
        for one in objects
    ]
    others: list[dict[str, Any]] = [
        {"type": "localai:components:Weights", "urn": "urn:pulumi:s::p::t::weights"},
        {"type": "kubernetes:core/v1:Namespace", "external": True, "outputs": made("kube-system")},
    ]
    begun = [{"type": "creating", "resource": {"urn": f"urn::{name}"}} for name in pending]
    return {"deployment": {"resources": [*others, *resources], "pending_operations": begun}}


def names(found: tuple[Any, ...]) -> list[str]:
    return [one.name for one in found]


def test_each_side_alone_is_told_apart():
    claim = made("old", "PersistentVolumeClaim", "v1")
    pod = made("pod", "Pod", "v1", ownerReferences=[{"kind": "Job"}])
    live = [made("known"), made("begun"), made("left"), claim, pod]
    found = difference(
        state(made("known"), made("gone"), pending=("begun",)), live, [made("begun"), made("known")]
    )

    assert names(found.adoptable) == ["begun"]
    assert names(found.orphans) == ["left"]
    assert names(found.kept) == ["old"]
    assert names(found.missing) == ["gone"]
    assert found.pending == ("creating begun",)
    assert str(found.orphans[0]) == "localai job.batch/left"
    assert found.orphans[0].words == ("--namespace=localai", "job.batch", "left")


def test_a_kept_claim_is_no_difference():
    claim = made("old", "PersistentVolumeClaim", "v1")

    assert difference(state(), [claim], []).is_empty


def test_a_program_that_pods_of_a_rollout_may_start_with_is_kept():
    served = {"app.kubernetes.io/component": "served-model"}
    program = made("localai-predict-1", "ConfigMap", "v1", labels=served)
    other = made("localai-chat-models-1", "ConfigMap", "v1")

    found = difference(state(), [program, other], [])

    assert names(found.kept) == ["localai-predict-1"]
    assert names(found.orphans) == ["localai-chat-models-1"]


def test_a_new_stack_has_an_empty_state():
    assert difference({"deployment": None}, [], []) == Difference(
        adoptable=(), orphans=(), kept=(), missing=(), pending=()
    )


SOME = st.sets(st.sampled_from("abcdef"))


@given(SOME, SOME, SOME)
def test_every_object_is_on_exactly_one_side(known: set[str], there: set[str], wanted: set[str]):
    given_state = state(*map(made, sorted(known)))
    found = difference(given_state, map(made, there), map(made, wanted))

    assert {*names(found.adoptable)} == (there & wanted) - known
    assert {*names(found.orphans)} == there - wanted - known
    assert {*names(found.missing)} == known - there
    assert namespaces(given_state) == ({"localai"} if known else set())
