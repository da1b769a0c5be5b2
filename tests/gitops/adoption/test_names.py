from gitops.adoption.pool import pool_names
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
