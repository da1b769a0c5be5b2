from hypothesis import given
from hypothesis import strategies as st

from gitops.adoption.names import model_name, model_names, pool_names
from gitops.adoption.workload import Workload
from tests.gitops.adoption.namespaces import workload


def names(*workloads: str, taken: tuple[str, ...] = ()) -> list[str]:
    made = [Workload(workload(name, {"name": "server"}), {}) for name in workloads]
    return list(pool_names(made, taken).values())


def test_a_pool_is_named_after_its_workload():
    assert names("localai-chat", "local-ai", "embeddings") == ["chat", "main", "embeddings"]


def test_no_object_of_a_pool_has_the_name_of_one_that_is_there():
    assert names("localai-chat", taken=("localai-chat",)) == ["chat-2"]


def test_two_pools_have_two_names():
    assert names("localai", "local-ai") == ["main", "main-2"]


def test_a_long_name_is_cut():
    (name,) = names("a" * 60)

    assert len(name) <= 32


@given(st.lists(st.text(st.sampled_from("aA/-2模"), max_size=4), max_size=6))
def test_no_two_models_become_one(said: list[str]):
    names = model_names(said)
    given_names = [name for name in names.values() if name]

    assert len(set(given_names)) == len(given_names)
    assert all(names[one] == one for one in said if model_name(one) == one)


def test_a_name_that_is_right_stays_with_its_model():
    assert model_names(["Acme/Talk-7B", "acme-talk-7b"]) == {
        "acme-talk-7b": "acme-talk-7b",
        "Acme/Talk-7B": "acme-talk-7b-2",
    }
