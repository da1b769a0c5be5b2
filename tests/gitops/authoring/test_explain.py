from pathlib import Path

import pytest

from components.pool.pool import Pool
from documents.problem import RefusedError
from gitops.authoring.explain import Requirement, explained, requirements
from gitops.validation.pages.rules import rules_page
from models.catalog import read_catalog
from tests.gitops.authoring.folders import small_repository, stack_text
from tests.gitops.stacks import stack_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_repository(tmp_path)


def test_every_rule_of_the_reference_can_be_explained_once():
    named = [line[4:] for line in rules_page().splitlines() if line.startswith("### ")]

    assert sorted(one.id for one in requirements()) == sorted(named)


def test_a_rule_says_what_it_requires(folder: Path):
    found = explained(folder, read_catalog(folder), "alias-has-a-model", None)

    assert isinstance(found, Requirement)
    assert found.key == "localai:pools.*.aliases.*"


def test_a_pool_that_is_refused_because_it_does_not_fit_is_explained(folder: Path):
    config = stack_file()
    config["pools"]["talk"]["gpuMemory"] = "1Gi"
    (folder / "Pulumi.dev.yaml").write_text(stack_text(config))
    found = explained(folder, read_catalog(folder), "talk", "dev")

    assert isinstance(found, list)
    assert found[0].fit.needed > found[0].fit.available


def test_a_pool_of_every_stack_is_found_and_a_named_stack_says_which(folder: Path):
    (folder / "Pulumi.qa.yaml").write_text(stack_text(stack_file()))
    catalog = read_catalog(folder)

    assert len(list_of(explained(folder, catalog, "talk", None))) == 2
    assert [one.context.stack for one in list_of(explained(folder, catalog, "talk", "qa"))] == [
        "qa"
    ]


def list_of(found: Requirement | list[Pool]) -> list[Pool]:
    assert isinstance(found, list)
    return found


def test_an_unknown_name_is_refused_with_the_nearest(folder: Path):
    with pytest.raises(RefusedError, match="did you mean 'alias-has-a-model'"):
        explained(folder, read_catalog(folder), "alias-has-model", None)
    with pytest.raises(RefusedError, match=r"no pool of dev; did you mean 'talk'"):
        explained(folder, read_catalog(folder), "tallk", "dev")


def test_what_a_pool_names_and_is_not_there_is_refused_with_its_line(folder: Path):
    config = stack_file()
    config["pools"]["talk"] |= {"gpu": "nvidia-l44", "models": ["small", "larger"]}
    (folder / "Pulumi.dev.yaml").write_text(stack_text(config))

    with pytest.raises(RefusedError, match=r"(?s)Pulumi.dev.yaml:\d+: .*larger.*\n.*gpu: ") as told:
        explained(folder, read_catalog(folder), "talk", "dev")
    assert len(told.value.problems) == 2
