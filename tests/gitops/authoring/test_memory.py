from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from components.checks.resolve import unjudged
from components.parts.context import Context
from components.pool.pool import Pool, load
from gitops.authoring.memory import Place, alone, places, pod_memory, pool_terms, smallest
from hardware.fit import Verdict, fit
from hardware.profile import GIB
from hardware.profiles import PROFILES
from localai.server import server
from models.definition import Definition
from settings.config import settings_from_config
from tests.gitops.stacks import Config, catalog, chat, config_texts, stack_file


def model(size: int = 4 * GIB, **fields: object) -> Definition:
    return Definition.model_validate(chat("m", size, **fields))


FIGURES = st.fixed_dictionaries(
    {
        "layers": st.integers(8, 100), "kv_heads": st.integers(1, 32),
        "head_dim": st.integers(8, 256),
    },
    optional={"sliding": st.tuples(st.integers(1, 9000), st.integers(0, 8))},
)  # fmt: skip


@given(FIGURES, st.integers(1, 10**11), st.integers(128, 10**6), st.integers(1, 16))
def test_the_terms_of_a_model_are_what_the_check_of_fits_counts(
    figures: dict[str, object], size: int, context: int, slots: int
):
    if "sliding" in figures:
        window, full = figures.pop("sliding")  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        figures |= {"window": window, "full_attention_layers": full}
    one = model(size, architecture=figures, context_size=context, slots=slots)

    assert alone(one)[-1].bytes == fit([load(one)], active=1, available=GIB).needed
    assert alone(one)[-1].bytes == sum(term.bytes for term in alone(one)[:-1])


def pool(edit: Mapping[str, object], name: str = "talk") -> Pool:
    config: Config = stack_file()
    config["pools"][name] |= edit
    settings = settings_from_config(config_texts(config))
    context = Context(stack="dev", settings=settings, server=server("v4.9.0"), profiles=PROFILES)
    return unjudged(context, name, settings.pools[name], catalog())


def last(found: Pool) -> dict[str, int]:
    return {term.what: term.bytes for term in pool_terms(found) if not term.model}


def test_the_terms_of_a_pool_end_in_what_its_verdict_compares():
    edits: list[Mapping[str, object]] = [
        {}, {"active": 1}, {"gpus": 2, "tensorSplit": [1, 3]}, {"gpuMemory": "8Gi"},
        {"gpuShare": {"kind": "mps", "of": 4}},
    ]  # fmt: skip
    for edit in edits:
        found = pool(edit)
        said = last(found)

        assert (said["needed"], said["available"]) == (found.fit.needed, found.fit.available)


def test_a_pool_on_cpus_says_what_of_its_pod_is_for_the_server():
    found = pool({}, "find")

    assert last(found)["memory of the pod"] - last(found)["available"] == 2 * GIB
    declared = [term.how for term in pool_terms(pool({"memory": "9Gi"}, "find"))]
    assert "`memory: 9Gi`" in declared


def test_a_chat_model_without_figures_says_that_its_cache_is_not_counted():
    (said,) = (term for term in alone(model(architecture=None)) if term.what == "key/value cache")

    assert (said.bytes, said.exact) == (0, False)
    assert "no `architecture`" in said.how


def test_the_smallest_gpu_is_whole_and_has_room_to_spare():
    found = smallest(model(6 * GIB), PROFILES.values())

    assert isinstance(found, Place)
    assert found.fit
    assert found.fit.verdict is Verdict.FITS
    assert not PROFILES[found.profile].slice
    assert smallest(model(300 * GIB), PROFILES.values()) is None


def test_a_gpu_that_the_engine_is_not_built_for_says_so():
    ear = catalog().definitions["ear"]
    told = {one.profile: one for one in places(ear, PROFILES.values())}

    assert all(one.fit is None for one in told.values() if one.reason)
    assert "gpuMemory" in told["vulkan-dri"].reason or "no whisper" in told["vulkan-dri"].reason


def test_a_pod_on_cpus_is_as_large_as_its_pool_would_make_it():
    found = pool({"models": ["large"], "aliases": {}, "gpu": None})

    assert pod_memory(found.models[0]) == found.memory
