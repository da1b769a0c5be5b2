"""A stack: components in reading order, unique names, and no branch on which stack it is."""

import ast
import re
from itertools import chain
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.parts.part import Manifest, Part
from settings.stack.delivery import Delivery
from stack import declarations, stack_parts
from tests.samples import (
    ENGINE_SOURCES,
    LONGEST_NAMESPACE,
    LONGEST_POOL,
    committed,
    committed_manifests,
    manifests,
    pool_fields,
    rendered_stack,
    stack,
)
from tests.support.project import ROOT, STACKS

PROGRAM = (
    "fetch",
    "proof",
    "predict",
    "localai",
    "hardware",
    "documents",
    "models",
    "settings",
    "components",
)
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
# The newest Kubernetes whose schemas the validator has.
KUBERNETES = "1.37"
# A Job's pods are named after it, with a hyphen and five letters more.
POD_SUFFIX = 6
CHART = {"repository": "https://charts.test/a", "chart": "qdrant", "version": "1.15.5"}

on_every_stack = pytest.mark.parametrize("name", STACKS)


def identity(manifest: Manifest) -> tuple[str, str, str]:
    """Return what makes an object one and the same for the API."""
    metadata = manifest["metadata"]
    return manifest["kind"], metadata["namespace"], metadata["name"]


def longest(source: str) -> list[Manifest]:
    """Return the objects of a stack with the longest names a stack file may hold."""
    found = stack(
        {LONGEST_POOL: pool_fields(gpu="nvidia-l4", replicas=2)},
        namespace=LONGEST_NAMESPACE,
        server={"version": "v4.9.0", "engines": source},
        charts={LONGEST_POOL: CHART},
    )
    return manifests(stack_parts(*found))


@on_every_stack
def test_no_two_parts_have_one_name(name: str):
    names = [part.name for part in stack_parts(*committed(name))]

    assert len(names) == len(set(names))


@on_every_stack
def test_no_two_parts_are_one_object(name: str):
    objects = [identity(one) for one in manifests(stack_parts(*committed(name)))]

    assert len(objects) == len(set(objects))


@on_every_stack
def test_what_others_wait_for_comes_before_them(name: str):
    seen: set[str] = set()
    for part in stack_parts(*committed(name)):
        assert {*part.depends_on, *([part.parent] if part.parent else [])} <= seen
        seen.add(part.name)


@on_every_stack
def test_servers_wait_for_their_files_their_engines_their_list_and_their_key(name: str):
    parts = {part.name: part for part in stack_parts(*committed(name))}
    for pool in committed(name)[1]:
        start = f"pool-{pool.name}"
        waits = set(parts[f"{start}-deployment"].depends_on)
        files = {f"{start}-weights", f"{start}-engines", f"{start}-models"}
        held = {f"{start}-identity", f"{start}-storage"}
        assert waits == {*files, *held, "api-key", "program"}


def test_jobs_wait_for_the_claim_they_fill():
    jobs = [part for part in stack_parts(*stack(verify=False)) if part.token.endswith(":Job")]

    assert len(jobs) == 2
    for job in jobs:
        assert {"pool-chat-identity", "pool-chat-storage"} <= set(job.depends_on)


def test_pools_are_declared_in_the_order_of_the_stack_file():
    pools = {name: pool_fields() for name in ("b", "a", "c")}
    names = [one.name for one in declarations(*stack(pools))]

    assert [name for name in names if name in ("pool-a", "pool-b", "pool-c")] == [
        "pool-b",
        "pool-a",
        "pool-c",
    ]


def test_a_stack_with_a_key_of_its_own_generates_none():
    names = {part.name for part in stack_parts(*rendered_stack())}

    assert not {name for name in names if name.startswith("api-key")}


def test_a_chart_becomes_a_component():
    parts = stack_parts(*stack(charts={"qdrant": CHART}))

    assert {"chart-qdrant", "chart-qdrant-application"} <= {part.name for part in parts}


@given(st.permutations(["chat", "embeddings", "speech"]))
def test_the_order_of_pools_changes_no_part(order: list[str]):
    pools: dict[str, Any] = {name: pool_fields() for name in order}

    def by_name(parts: tuple[Part, ...]) -> list[Part]:
        return sorted(parts, key=lambda part: part.name)

    assert by_name(stack_parts(*stack(pools))) == by_name(
        stack_parts(*stack(dict(sorted(pools.items()))))
    )


@pytest.mark.parametrize("source", ENGINE_SOURCES)
def test_the_longest_names_are_names_that_kubernetes_accepts(source: str):
    for manifest in longest(source):
        name = manifest["metadata"]["name"]
        most = 63 - (POD_SUFFIX if manifest["kind"] == "Job" else 0)
        assert LABEL.fullmatch(name)
        assert len(name) <= most


def test_pods_of_the_longest_deployment_keep_its_whole_name():
    names = [one["metadata"]["name"] for one in longest("claim") if one["kind"] == "Deployment"]

    # The ReplicaSet adds a hyphen and ten letters, its pods a hyphen and five.
    assert [len(name) + 11 + POD_SUFFIX <= 63 for name in names] == [True]


@pytest.mark.thorough
def test_every_object_of_every_stack_is_one_that_kubernetes_accepts():
    checked = 0
    for manifest in committed_manifests():
        if manifest["kind"] != "Application":
            kubernetes_validate.validate(dict(manifest), KUBERNETES, strict=True)
            checked += 1

    assert checked > 100


def test_no_code_of_the_program_knows_the_name_of_a_stack():
    files = chain(
        (ROOT / "stack.py", ROOT / "__main__.py"),
        *((ROOT / folder).rglob("*.py") for folder in PROGRAM),
    )
    found = {(path.name, text) for path in files for text in literals(path) if text in STACKS}

    assert not found


def literals(path: Path) -> list[str]:
    """Return the texts in a module that are values, not comments."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("delivery", Delivery)
def test_the_provider_belongs_to_the_engine_alone(delivery: Delivery):
    found = stack() if delivery is Delivery.OPERATOR else rendered_stack()
    tokens = {part.token for part in stack_parts(*found)}

    assert ("pulumi:providers:kubernetes" in tokens) is (delivery is Delivery.OPERATOR)
