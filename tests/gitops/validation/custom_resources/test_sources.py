from pathlib import Path
from typing import Any

import pytest

from gitops.validation.custom_resources.definitions import parsed
from gitops.validation.custom_resources.sources import FOLDER, SOURCES, Source


def definition(source: Source) -> Any:
    return parsed(source.path.read_text(encoding="utf-8"))


def test_every_source_has_its_file_and_every_file_its_source():
    assert sorted(FOLDER.glob("*.yaml")) == sorted(source.path for source in SOURCES)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.kind)
def test_a_file_is_of_the_kind_and_release_its_source_says(source: Source):
    spec = definition(source)["spec"]
    assert (spec["group"], spec["names"]["plural"], spec["names"]["kind"]) == (
        source.group,
        source.plural,
        source.kind,
    )
    head = source.path.read_text(encoding="utf-8").splitlines()[0]
    assert head == f"# {source.module.folder}/{source.file} of {source.origin}, stripped."


def test_argo_cds_definitions_are_of_the_release_the_sandbox_runs():
    modules = Path(__file__).parents[4] / "sandbox" / "toolchain" / "argocd" / "go.mod"
    (source,) = (one for one in SOURCES if one.kind == "Application")
    assert f"{source.module.path} {source.module.version} " in modules.read_text()
