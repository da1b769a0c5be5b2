"""Every object we declare is let in, and a weaker pod is kept out."""

from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.cluster.sandbox import Sandbox
from tests.e2e.admission import (
    STACKS,
    Admission,
    objects_of,
    pods_of,
    rendered_objects_of,
    strict_namespace,
)
from tests.e2e.weakened import WEAKENED

pytestmark = pytest.mark.e2e

# One of each kind of rule; `make faults` tries them all.
SOME = (
    "host path",
    "perhaps root",
    "an added capability",
    "seccomp off for an init container",
    "privilege escalation",
)


@pytest.fixture(scope="module")
def admission(cluster: Sandbox) -> Generator[Admission]:
    with strict_namespace(cluster) as made:
        yield made


@pytest.mark.parametrize("stack", STACKS)
def test_every_object_and_its_pods_are_admitted_without_a_warning(
    admission: Admission, tmp_path: Path, stack: str
) -> None:
    for objects in (objects_of(stack), rendered_objects_of(stack, tmp_path)):
        assert admission.told([*objects, *pods_of(objects)]) == []


@pytest.mark.parametrize("name", SOME)
def test_a_weakened_pod_is_refused(admission: Admission, name: str) -> None:
    pods = pods_of(objects_of("production"))
    assert len(admission.refusals(pods, WEAKENED[name])) == len(pods) > 0
