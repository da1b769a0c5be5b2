from dataclasses import replace

from gitops.planning.models import downloads
from tests.gitops.stacks import (
    MEGABYTE,
    Config,
    catalog,
    changed,
    chat,
    in_pool,
    model,
    rendered,
    stack_file,
)


def sizes(config: Config, base: Config | None = None) -> dict[tuple[str, str], int]:
    found = downloads(rendered(base) if base else None, rendered(config), ())
    return {place: sum(file.bytes for file in files) for place, files in found.items()}


def test_without_a_base_every_file_is_fetched():
    assert sizes(stack_file()) == {
        ("talk", "small"): 100 * MEGABYTE,
        ("talk", "large"): 900 * MEGABYTE,
        ("find", "embedder"): 50 * MEGABYTE,
    }


def test_what_is_on_the_claim_is_not_fetched():
    config = stack_file()
    config["pools"]["talk"]["models"].append("guessed")
    assert sizes(config, stack_file())["talk", "small"] == 0
    assert sizes(config, stack_file())["talk", "guessed"] == 200 * MEGABYTE


def test_a_file_that_two_models_of_a_pool_share_is_fetched_once():
    same = catalog(large={"weights": chat("small", 100 * MEGABYTE)["weights"]})
    head = rendered(stack_file(), same)
    found = downloads(None, head, ())
    assert [len(found["talk", name]) for name in ("small", "large")] == [1, 0]


def test_the_same_weights_in_two_pools_are_fetched_for_each_claim():
    plan = changed(in_pool("find", models=["embedder", "small"]))
    assert model(plan, "small", "find").download_bytes == 100 * MEGABYTE
    assert plan.download_bytes == 100 * MEGABYTE


def test_two_pools_on_one_claim_fetch_a_file_once():
    config = stack_file()
    for name in ("talk", "find"):
        config["pools"][name]["storage"] = {"existing": "shared", "access": "ReadWriteMany"}
    config["pools"]["find"]["models"] = ["embedder", "small"]
    assert sizes(config)["talk", "small"] == 100 * MEGABYTE
    assert sizes(config)["find", "small"] == 0


def test_a_model_that_moves_to_a_pool_on_the_same_claim_is_not_fetched():
    base = stack_file()
    for name in ("talk", "find"):
        base["pools"][name]["storage"] = {"existing": "shared", "access": "ReadWriteMany"}
    head = stack_file()
    head["pools"] = {
        "talk": {**base["pools"]["talk"], "models": ["small"]},
        "find": {**base["pools"]["find"], "models": ["embedder", "large"]},
    }
    assert sizes(head, base)["find", "large"] == 0


def test_a_model_that_moves_to_a_pool_on_another_claim_is_fetched_again():
    def move(config: Config) -> None:
        config["pools"]["talk"]["models"] = ["small"]
        config["pools"]["find"]["models"] = ["embedder", "large"]

    plan = changed(move)
    assert model(plan, "large", "find").download_bytes == 900 * MEGABYTE
    assert plan.download_bytes == 900 * MEGABYTE


def test_a_claim_that_starts_empty_fetches_everything():
    head = rendered(stack_file())
    found = downloads(head, head, {"localai-talk-storage"})
    assert found["talk", "large"]
    assert not found["find", "embedder"]


def test_another_home_has_none_of_the_files():
    head = rendered(stack_file())
    for base in (replace(head, cluster="far"), replace(head, namespace="elsewhere")):
        assert downloads(base, head, ())["talk", "small"]


def test_a_model_under_another_name_keeps_its_files():
    renamed = catalog(guessed={"weights": chat("large", 900 * MEGABYTE)["weights"]})
    config = stack_file()
    config["pools"]["talk"]["models"] = ["small", "guessed"]
    found = downloads(rendered(stack_file()), rendered(config, renamed), ())
    assert found["talk", "guessed"] == ()
