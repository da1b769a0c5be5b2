"""Every path, limit and door of a server is set; nothing is left to a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.pool.pool import Pool
from components.server.server_pod import environment
from stack import stack_parts
from tests import everything
from tests.samples import committed, manifests, pods, pool
from tests.support.project import STACKS

BODY_SIZE = "nginx.ingress.kubernetes.io/proxy-body-size"


def values(found: Pool) -> dict[str, str | None]:
    """Return the environment of a pool's server, without its key."""
    return {one.name: one.value for one in environment(found) if one.value is not None}


def test_paths_are_those_of_the_server():
    found = values(pool())

    assert found["LOCALAI_MODELS_PATH"] == "/models"
    assert found["LOCALAI_BACKENDS_PATH"] == "/backends"
    assert found["LOCALAI_DATA_PATH"] == "/data"
    assert found["LOCALAI_CONFIG_DIR"] == "/configuration"
    assert found["LOCALAI_MODELS_CONFIG_FILE"] == "/etc/localai/models.yaml"


def test_every_door_through_which_models_change_is_closed():
    found = pool()

    assert values(found).items() >= dict(found.context.server.closed_doors).items()
    assert values(found)["LOCALAI_DISABLE_GALLERY_ENDPOINT"] == "true"


@pytest.mark.parametrize("name", STACKS)
def test_every_variable_is_one_that_the_server_reads(name: str):
    context, pools = committed(name)
    for found in pools:
        # These are expanded by Kubernetes in the variable with the keys.
        sources = {"FIRST_API_KEY", "SECOND_API_KEY"}
        names = {one.name for one in environment(found)} - {"HOME", *sources}
        assert names <= set(context.server.environment)


def test_no_variable_is_set_twice():
    names = [one.name for one in environment(pool())]

    assert len(names) == len(set(names))


@given(st.integers(1, 64))
def test_a_server_has_a_thread_for_each_core(cpu: int):
    assert values(pool(cpu=cpu))["LOCALAI_THREADS"] == str(cpu)


@pytest.mark.parametrize("name", STACKS)
def test_every_server_that_is_rendered_loads_all_its_models_before_it_is_ready(name: str):
    for found in committed(name)[1]:
        told = values(found)

        assert told["LOCALAI_MAX_ACTIVE_BACKENDS"] == str(2 * len(found.models) + 1)
        assert told["LOCALAI_LOAD_TO_MEMORY"] == ",".join(found.settings.models)


@pytest.mark.parametrize(("size", "limit"), [("1Mi", "2"), ("25Mi", "27"), ("1Gi", "1074")])
def test_a_server_takes_requests_as_large_as_the_stack_says(size: str, limit: str):
    server = {"version": "v4.9.0", "bodySize": size}

    assert values(pool(stack_fields={"server": server}))["LOCALAI_UPLOAD_LIMIT"] == limit


@pytest.mark.parametrize("name", everything.STACKS)
def test_a_server_takes_all_that_an_ingress_lets_through(name: str):
    found = manifests(stack_parts(*everything.sample(name)))
    annotations = [one["metadata"].get("annotations", {}) for one in found]
    passed = [one[BODY_SIZE].removesuffix("m") for one in annotations if BODY_SIZE in one]
    servers = [
        one["value"]
        for pod in pods(found)
        for container in pod["spec"]["containers"]
        for one in container.get("env", [])
        if one["name"] == "LOCALAI_UPLOAD_LIMIT"
    ]

    assert servers
    assert all(int(ours) * 10**6 >= int(one) * 2**20 for ours in servers for one in passed)
