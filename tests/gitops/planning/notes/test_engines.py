from typing import Any

import pytest

from gitops.planning.note import Kind
from gitops.planning.plan import StackPlan, stack_plan
from tests.gitops.stacks import Config, changed, in_pool, rendered, stack_file


def told(plan: StackPlan) -> list[str]:
    return [note.text for note in plan.notes if note.kind is Kind.ENGINES_INSTALLED]


def upgraded(config: Config) -> None:
    config["server"]["version"] = "v4.8.2"


def test_another_server_installs_its_engines_and_the_plan_says_how_much():
    plan = changed(upgraded)

    assert plan.download_bytes == 0
    assert told(plan) == [
        "about 8.0 GB of engines are installed in pool talk; the bytes to fetch are "
        "those of weights",
        "about 0.8 GB of engines are installed in pool find; the bytes to fetch are "
        "those of weights",
    ]


def test_a_pool_of_two_engines_installs_both():
    (found,) = told(changed(in_pool("talk", models=["small", "ear"])))

    assert found.startswith("about 16.0 GB of engines are installed in pool talk")


@pytest.mark.parametrize("edit", [{"cpu": 8}, {"models": ["small", "large", "guessed"]}])
def test_other_models_of_known_engines_install_none(edit: dict[str, Any]):
    assert told(changed(in_pool("talk", **edit))) == []


def test_a_guest_with_other_engines_is_counted_where_they_are_installed():
    before = stack_file()
    before["pools"]["find"]["storage"]["access"] = "ReadWriteMany"

    def lent(config: Config) -> None:
        config["pools"]["talk"]["storage"] = {"from": "find"}
        config["claims"] = {"abandon": ["localai-talk-storage"]}

    (found,) = told(changed(lent, before))
    assert found.startswith("about 8.0 GB of engines are installed in pool find")


def test_engines_that_pods_copy_from_images_are_installed_by_no_job():
    copied = stack_file()
    copied["server"]["engines"] = "image-volume"

    assert told(stack_plan(None, rendered(copied))) == []
    assert len(told(stack_plan(None, rendered(stack_file())))) == 2
