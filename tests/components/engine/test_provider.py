"""The one provider of a stack is bound to the identity of its cluster."""

from components.engine.component import provider_part
from tests.samples import settings


def test_the_provider_carries_the_identity_of_the_cluster():
    part = provider_part(settings(cluster="home"))

    assert (part.name, part.token) == ("cluster", "pulumi:providers:kubernetes")
    assert part.inputs["clusterIdentifier"] == "home"


def test_it_writes_over_what_others_set_in_a_declared_field():
    assert provider_part(settings()).inputs["enablePatchForce"] is True


def test_it_takes_over_existing_objects_only_where_the_stack_says_so():
    inputs = provider_part(settings(claims={"adopt": True})).inputs

    assert inputs["upsertExistingObjects"] is True
