"""Every path, limit and door of a server is set; nothing is left to a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.environment import environment
from components.pool import Pool
from tests.samples import STACKS, committed, pool


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
        names = {one.name for one in environment(found)} - {"HOME"}
        assert names <= set(context.server.environment)
        assert not names & set(context.server.never_set)


def test_no_variable_is_set_twice():
    names = [one.name for one in environment(pool())]

    assert len(names) == len(set(names))


@given(st.integers(1, 2), st.integers(1, 64))
def test_limits_are_those_of_the_pool(active: int, cpu: int):
    found = values(pool(models=["qwen3-0.6b", "qwen3-1.7b"], active=active, cpu=cpu))

    assert found["LOCALAI_MAX_ACTIVE_BACKENDS"] == str(active)
    assert found["LOCALAI_THREADS"] == str(cpu)


def test_all_models_stay_in_memory_where_nothing_else_is_said():
    found = values(pool(models=["qwen3-0.6b", "qwen3-1.7b"]))

    assert found["LOCALAI_MAX_ACTIVE_BACKENDS"] == "2"
