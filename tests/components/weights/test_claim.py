"""The claim of a pool is kept when the stack is destroyed."""

from components.parts.part import plain
from components.weights.volumes import ModelStorage, claim
from tests.samples import committed, pool
from tests.support.project import STACKS


def test_a_claim_has_the_size_the_class_and_the_access_of_the_stack_file():
    storage = {"size": "20Gi", "class": "fast", "access": "ReadWriteMany"}

    assert plain(claim(pool(storage=storage)))["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "20Gi"}},
    }


def test_without_a_class_the_cluster_chooses():
    assert "storageClassName" not in plain(claim(pool()))["spec"]


def test_every_claim_of_every_stack_is_kept():
    options = [
        part.options
        for name in STACKS
        for found in committed(name)[1]
        for part in ModelStorage.parts("storage", found)
    ]

    assert options
    assert all(one.retain for one in options)


def test_a_claim_that_somebody_else_owns_is_not_created():
    assert ModelStorage.parts("storage", pool(storage={"existing": "theirs"})) == ()


def test_a_claim_that_somebody_else_owns_is_used():
    assert pool(storage={"existing": "theirs"}).claim == "theirs"
