import re
from pathlib import Path

import pytest

from gitops.validation.reference import references, write

ROOT = Path(__file__).parents[3]
DECLARING = [*sorted(ROOT.glob("Pulumi.*.yaml")), *sorted((ROOT / "models").glob("*.yaml"))]


@pytest.mark.parametrize("name", references())
def test_a_committed_reference_is_what_the_code_says(name: str):
    committed = (ROOT / name).read_text(encoding="utf-8")

    assert committed == references()[name], "run: python -m gitops.validation.reference"


def test_references_are_written_where_they_are_committed(tmp_path: Path):
    write(tmp_path)

    written = {
        str(path.relative_to(tmp_path)): path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("*.*")
    }
    assert written == references()


@pytest.mark.parametrize("path", DECLARING, ids=lambda path: path.name)
def test_an_editor_finds_the_schema_that_a_file_names(path: Path):
    if path.name == "models.lock.yaml":
        pytest.skip("written by the tool, edited by nobody")
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)

    assert named, f"the first line of {path.name} names no schema"
    kind = "model" if path.parent.name == "models" else "stack"
    wanted = ROOT / "docs" / "reference" / f"{kind}.schema.json"
    assert (path.parent / named[1]).resolve() == wanted
