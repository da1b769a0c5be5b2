import pytest

from sandbox.plugins.cluster import never_updated, taken_over
from sandbox.plugins.properties import Properties

NAME: Properties = {"f:metadata": {"f:name": {}}}
REPLICAS: Properties = {"f:spec": {"f:replicas": {}}}
IMAGE: Properties = {"f:spec": {"f:image": {}}}


def entry(manager: str, operation: str, fields: Properties, subresource: str = "") -> Properties:
    below = {"subresource": subresource} if subresource else {}
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **below}


def live(*entries: Properties) -> Properties:
    return {"metadata": {"managedFields": list(entries)}}


def test_the_creators_fields_become_those_of_an_apply() -> None:
    created = live(entry("pulumi-kubernetes", "Update", NAME))
    assert taken_over(created, "mine") == [entry("mine", "Apply", NAME)]


def test_what_is_taken_over_is_added_to_what_is_owned_already() -> None:
    changed = live(entry("mine", "Apply", REPLICAS), entry("kubectl-set", "Update", IMAGE))
    both: Properties = {"f:spec": {"f:replicas": {}, "f:image": {}}}
    assert taken_over(changed, "mine") == [entry("mine", "Apply", both)]


@pytest.mark.parametrize(
    ("manager", "operation"),
    [
        ("kubectl", "Apply"),
        ("kubectl-client-side-apply", "Update"),
        ("kubectl-patch", "Update"),
        ("before-first-apply", "Update"),
        ("pulumi-kubernetes-old", "Update"),
        ("pulumi-resource-kubernetes", "Update"),
    ],
)
def test_kubectl_and_older_providers_are_taken_over(manager: str, operation: str) -> None:
    assert taken_over(live(entry(manager, operation, NAME)), "mine")


@pytest.mark.parametrize(
    ("manager", "operation", "subresource"),
    [
        ("lens", "Update", ""),
        ("helm", "Apply", ""),
        ("pulumi-kubernetes-other", "Apply", ""),
        ("kubectl", "Update", "scale"),
        ("mine", "Apply", ""),
    ],
)
def test_others_keep_what_they_own(manager: str, operation: str, subresource: str) -> None:
    assert taken_over(live(entry(manager, operation, NAME, subresource)), "mine") is None


def test_an_object_was_never_updated_while_the_creator_owns_fields_of_it() -> None:
    assert never_updated(live(entry("pulumi-kubernetes", "Update", NAME)))
    assert not never_updated(live(entry("pulumi-kubernetes-1", "Apply", NAME)))
    assert not never_updated(live(entry("kubectl-set", "Update", NAME)))
