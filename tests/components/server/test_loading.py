"""Which models a server holds, loads first and evicts: for every number listed and held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.parts.part import plain
from components.pool.pool import Pool
from components.server.model_list import limit, preloaded, preloaded_bytes, variables
from components.server.server_pod import environment
from components.server.workers import front_end_template
from hardware.fit import needed_bytes
from localai.release import LIMIT, PRELOAD, RETRIES
from tests.components.distributed_pool import distributed_pool, distributed_settings
from tests.samples import pool, pool_fields, settings

NAMES = (
    "qwen3-0.6b",
    "qwen3-1.7b",
    "llama-3.2-1b-instruct",
    "smollm2-1.7b-instruct",
    "gemma-3-1b-it",
)
counts = st.integers(1, len(NAMES))


def listing(count: int, active: int | None = None, answer: int = 120) -> Pool:
    """Return a pool that lists so many models and holds so many of them, or all."""
    server = {"version": "v4.9.0", "longestAnswer": answer}
    return pool(models=list(NAMES[:count]), active=active, stack_fields={"server": server})


@given(counts)
def test_no_pool_that_holds_all_its_models_has_a_limit_from_1_to_2n(count: int):
    for found in (listing(count), listing(count, active=count)):
        assert not 1 <= limit(found) <= 2 * count
        assert limit(found) == 2 * count + 1


@given(counts, counts)
def test_no_server_that_preloads_has_the_limit_1(count: int, active: int):
    told = variables(listing(count, active=min(active, count)))

    assert PRELOAD not in told or told[LIMIT] != "1"


@given(counts)
def test_a_server_that_holds_all_its_models_loads_them_before_it_is_ready(count: int):
    found = listing(count)

    assert variables(found)[PRELOAD].split(",") == list(NAMES[:count])
    assert RETRIES not in variables(found)


@pytest.mark.parametrize(
    ("active", "told"),
    [
        (1, {LIMIT: "1", RETRIES: "330"}),
        (2, {LIMIT: "2", RETRIES: "330", PRELOAD: "qwen3-0.6b,qwen3-1.7b"}),
        (3, {LIMIT: "7", PRELOAD: "qwen3-0.6b,qwen3-1.7b,llama-3.2-1b-instruct"}),
    ],
)
def test_a_server_that_holds_some_of_three_loads_the_first_of_them(
    active: int, told: dict[str, str]
):
    assert variables(listing(3, active=active, answer=300)) == told


@given(counts, counts, st.integers(1, 3600))
def test_a_model_that_gives_way_may_end_its_longest_answer(count: int, active: int, answer: int):
    found = listing(count, active=min(active, count), answer=answer)
    told = variables(found)

    assert (RETRIES in told) is (min(active, count) < count)
    assert int(told.get(RETRIES, answer + 1)) > answer


@given(counts, counts)
def test_the_fit_counts_as_many_models_as_the_limit_admits(count: int, active: int):
    found = listing(count, active=min(active, count))
    held = min(limit(found), count)

    assert found.fit.needed == needed_bytes(found.loads, held)
    assert len(preloaded(found)) <= held


@pytest.mark.parametrize("name", ["a,b", "a b,", ","])
def test_no_name_of_a_model_holds_the_comma_between_names(name: str):
    with pytest.raises(ValidationError):
        settings({"chat": pool_fields(models=[name])})


def test_bytes_that_two_models_share_are_read_once():
    found = listing(2)
    twice = Pool(
        context=found.context, name="chat", settings=found.settings, profile=None,
        models=(found.models[0], found.models[0].model_copy(update={"name": "other"})),
    )  # fmt: skip

    assert preloaded_bytes(twice) == found.models[0].files[0].size.bytes


def test_a_front_end_holds_no_engine_and_preloads_nothing():
    found = distributed_pool(models=list(NAMES[:2]))
    template = plain(front_end_template(found, distributed_settings(found)))
    told = {one["name"]: one.get("value") for one in template["spec"]["containers"][0]["env"]}

    assert told[LIMIT] == "5"
    assert PRELOAD not in told


def test_a_server_is_told_so():
    told = {one.name: one.value for one in environment(listing(2))}

    assert told.items() >= variables(listing(2)).items()
