import pytest

from documents.problem import RefusedError
from gitops.adoption.running import items, mapping, mappings, running
from gitops.adoption.workload import workloads
from tests.gitops.adoption.namespaces import NAMESPACE, found, hand_made, listed


def test_objects_are_sorted_by_kind():
    there = found(hand_made())

    assert [one["metadata"]["name"] for one in there.workloads] == ["localai"]
    assert list(there.claims) == ["weights"]
    assert list(there.config_maps) == ["models"]
    assert there.names == {"localai"}


def test_a_secret_is_dropped_unread():
    secret = {"kind": "Secret", "metadata": {"name": "keys"}, "data": {"key": "c2VjcmV0"}}

    assert "c2VjcmV0" not in repr(running(NAMESPACE, [listed(hand_made()), secret]))


def test_objects_of_another_namespace_are_not_taken():
    assert running("other", listed(hand_made())).workloads == ()


@pytest.mark.parametrize("document", [{"kind": "x"}, "text", None, 3])
def test_what_is_no_object_is_refused(document: object):
    with pytest.raises(RefusedError, match="kubectl get"):
        running(NAMESPACE, document)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"services": {"api": {"image": "localai/localai"}}}, "is a file of Docker Compose"),
        ({"image": {"tag": "v4"}, "replicaCount": 2}, "may be the values of a chart"),
    ],
)
def test_what_people_have_at_hand_is_told_apart(document: object, said: str):
    with pytest.raises(RefusedError, match=said):
        running(NAMESPACE, document)


@pytest.mark.parametrize("kind", ["DaemonSet", "HelmRelease"])
def test_localai_in_another_kind_is_named_with_the_way_out(kind: str):
    spec = {"values": {"image": "quay.io/go-skynet/local-ai:v4.9.0"}}
    there = running(NAMESPACE, [{"kind": kind, "metadata": {"name": "llm"}, "spec": spec}])

    with pytest.raises(RefusedError, match=f"its LocalAI is {kind} llm, .*helm template"):
        workloads(there)


def test_a_field_of_another_type_is_as_good_as_absent():
    assert mapping("text") == {}
    assert mappings([1, {"a": 1}, None]) == ({"a": 1},)
    assert items({"a": 1}) == ()
