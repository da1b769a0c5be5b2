from pathlib import Path
from typing import Any

import pytest
import yaml

from components.checks.resolve import resolve
from models.catalog import read_catalog
from sandbox.serving.project import ServingError, chosen, read_stack, sandboxed, write_project
from settings.file import read_stack_file
from tests.support.project import PROJECT, STACKS
from tests.support.project import write_project as copied

CATALOG = read_catalog(PROJECT).definitions


def changed(stack: str) -> dict[str, Any]:
    config = read_stack(PROJECT, stack)
    return sandboxed(config, chosen(config, CATALOG, stack))


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_of_a_team_is_still_valid_when_changed(stack: str, tmp_path: Path):
    team = copied(tmp_path / "team", [])
    target = tmp_path / "changed"
    write_project(team, stack, target, tmp_path / "files", "https://source.example.com")
    settings = read_stack_file(target, stack).settings
    context, pools = resolve(stack, settings, read_catalog(target))
    assert context.settings.namespace == read_stack(PROJECT, stack)["localai:namespace"]
    assert len(pools) == len(settings.pools)


def test_what_leads_out_of_a_sandbox_is_left_out():
    config = read_stack(PROJECT, "dev") | {
        "localai:hubToken": {"secret": "hub", "key": "token"},
        "localai:registry": {"mirrors": {"quay.io": "registry.example.com"}},
    }
    made = sandboxed(config, chosen(config, CATALOG, "dev"))
    assert not {"localai:hubToken", "localai:registry"} & set(made)


def test_the_other_pools_stay_as_they_are():
    pools = read_stack(PROJECT, "dev")["localai:pools"]
    made = changed("dev")["localai:pools"]
    assert list(made) == list(pools)
    assert made["embeddings"] == pools["embeddings"]
    assert made["chat"]["aliases"] == pools["chat"]["aliases"]


def test_a_stack_without_a_chat_model_is_refused():
    config = read_stack(PROJECT, "dev")
    pools = {"embeddings": config["localai:pools"]["embeddings"]}
    with pytest.raises(ServingError, match="No pool of the stack 'dev' has a chat model"):
        chosen(config | {"localai:pools": pools}, CATALOG, "dev")


def test_the_models_of_the_project_are_written_and_its_files_are_not(tmp_path: Path):
    team = copied(tmp_path / "team", [])
    before = (team / "models" / "qwen3-0.6b.yaml").read_bytes()
    target = tmp_path / "changed"
    served = write_project(team, "dev", target, tmp_path / "files", "https://source.example.com")
    assert (team / "models" / "qwen3-0.6b.yaml").read_bytes() == before
    written = yaml.safe_load((target / "models" / "qwen3-0.6b.yaml").read_text())
    assert written["weights"]["url"] == "https://source.example.com/qwen3-0.6b.gguf"
    assert {path.stem for path in (tmp_path / "files").iterdir()} == set(served.models)
    assert set(read_catalog(target).definitions) == set(CATALOG)
