import json
import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from documents.reader import read_file
from gitops.validation.reference import references, write
from gitops.validation.schemas.files import cluster_schema
from tests.support.project import PROJECT, ROOT

FILES = ("Pulumi.*.yaml", "models/*.yaml")
DECLARING = sorted(path.relative_to(PROJECT) for glob in FILES for path in PROJECT.glob(glob))
CLUSTERS = sorted(ROOT.glob("tests/data/*/clusters/*/cluster.yaml"))


def proposed(schema: str) -> list[str]:
    """Return the models that a schema proposes for a pool."""
    models = json.loads(schema)["$defs"]["PoolSettings"]["properties"]["models"]["items"]
    return models["anyOf"][0]["enum"] if "anyOf" in models else []


@pytest.mark.parametrize("name", references())
def test_a_committed_reference_is_what_the_code_says(name: str):
    committed = (ROOT / name).read_text(encoding="utf-8")

    # The models proposed are those of whoever wrote it: a team's own make no reference stale.
    made = references(proposed(committed))[name] if "stack" in name else references()[name]
    assert committed == made, "run: python -m gitops.validation.reference"


def test_references_are_written_where_they_are_committed(tmp_path: Path):
    write(tmp_path)

    written = {
        str(path.relative_to(tmp_path)): path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("*.*")
    }
    assert written == references()


def test_an_editor_proposes_the_models_of_the_checkout(tmp_path: Path):
    shutil.copytree(PROJECT / "models", tmp_path / "models")
    write(tmp_path)

    schema = (tmp_path / "docs/reference/stack.schema.json").read_text(encoding="utf-8")
    assert proposed(schema) == sorted(path.stem for path in PROJECT.glob("models/*.yaml"))


@pytest.mark.parametrize("path", DECLARING, ids=str)
def test_an_editor_finds_the_schema_that_a_file_names(path: Path):
    first = (PROJECT / path).read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)

    assert named, f"the first line of {path.name} names no schema"
    kind = "model" if path.parent.name == "models" else "stack"
    wanted = ROOT / "docs" / "reference" / f"{kind}.schema.json"
    # The project is one that stands at the top of a checkout.
    assert (ROOT / path.parent / named[1]).resolve() == wanted


@pytest.mark.parametrize("path", CLUSTERS, ids=lambda path: path.parent.name)
def test_an_editor_finds_the_schema_of_a_cluster_file(path: Path):
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)

    assert named
    wanted = ROOT / "docs" / "reference" / "cluster.schema.json"
    assert (path.parent / named[1]).resolve() == wanted


@pytest.mark.parametrize("path", CLUSTERS, ids=lambda path: path.parent.name)
def test_the_schema_takes_a_valid_cluster_file(path: Path):
    library: Any = import_module("jsonschema_rs")
    known = library.validator_for(cluster_schema())
    document = read_file(path.parent, path.name).value

    assert known.is_valid(document)
    assert not known.is_valid({**document, "stack": {}})
