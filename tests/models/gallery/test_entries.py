"""Real entries are accepted: as YAML files, by the reader of the catalog and by its rules."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops.validation.rules.rule import CatalogUses, catalog_problems
from gitops.validation.rules.rulebook import RULES
from models.catalog import Catalog, read_catalog
from models.options import refusals
from tests.models.gallery.convert import (
    CHOSEN,
    TARGET,
    InexpressibleError,
    chosen,
    converted,
    main,
)

LINES = TARGET.read_text(encoding="utf-8").splitlines()
FILE = {
    "filename": "models/some-8B-Q4_K_M.gguf",
    "uri": "huggingface://someone/some-GGUF/some-8B-Q4_K_M.gguf",
    "sha256": "0123456789abcdef" * 4,
}
ENTRY: dict[str, Any] = {
    "name": "Some:Model", "license": "apache-2.0", "backend": "llama-cpp", "usecases": ["chat"],
    "parameters": {"model": "models/some-8B-Q4_K_M.gguf", "temperature": 1, "f16": True},
    "options": ["use_jinja:true", "spec_n_max:6"],
    "files": [FILE],
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "models").mkdir()
    for keys in map(json.loads, LINES):
        text = yaml.dump(keys, Dumper=yaml.CSafeDumper, sort_keys=False)
        (folder / "models" / f"{keys['name']}.yaml").write_text(text, encoding="utf-8")
    return read_catalog(folder)


def test_every_chosen_entry_is_accepted(catalog: Catalog):
    assert len(LINES) == len(catalog.definitions) == CHOSEN


def test_no_rule_refuses_them(catalog: Catalog):
    uses = CatalogUses(definitions=catalog.definitions, uses=())
    assert [str(one) for one in catalog_problems(RULES, uses) if one.refuses] == []


def test_they_are_of_every_kind_that_real_entries_are_of(catalog: Catalog):
    models = catalog.definitions.values()
    kinds = Counter(model.kind.value for model in models)
    roles = Counter(role.value for model in models for role in model.companions)

    assert set(kinds) == {"chat", "embeddings", "rerank", "image", "transcription"}
    assert {"mmproj", "draft", "vae", "llm", "t5xxl"} <= set(roles)
    assert {model.backend for model in models} >= {"llama-cpp", "whisper", "parakeet-cpp"}


def test_an_entry_becomes_a_model_file():
    made = converted(ENTRY)

    assert (made["name"], made["license"], made["parameters"]) == (
        "some-model", "Apache-2.0", {"temperature": 1.0},
    )  # fmt: skip
    assert made["weights"]["url"].endswith("/someone/some-GGUF/resolve/main/some-8B-Q4_K_M.gguf")
    assert made["weights"]["size"] == "about 4.50 GB"
    assert made["options"] == ["spec_n_max:6"]
    assert list(refusals("llama-cpp", made["options"])) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"backend": "crispasr"}, "the engine crispasr is in no known LocalAI version"),
        ({"usecases": ["tts"]}, "is for tts, which no kind of model is"),
        ({"files": []}, "names no file"),
        ({"files": [{"filename": "a.tar.gz"}]}, "is an archive"),
        ({"files": [{"filename": "a.onnx"}]}, "is a .onnx file"),
        ({"files": [{"filename": f"a-0000{n}-of-00002.gguf"} for n in (1, 2)]}, "several files"),
        ({"parameters": {"model": "other.gguf"}}, "loads a file that it does not list"),
        ({"files": [FILE | {"sha256": ""}]}, "gives no sha256"),
    ],
)
def test_what_cannot_be_said_is_told_with_its_reason(change: dict[str, Any], reason: str):
    with pytest.raises(InexpressibleError, match=reason):
        converted({**ENTRY, **change})


def test_the_chosen_hold_what_is_rare():
    made = [{"backend": "a", "kind": "chat", "name": str(number)} for number in range(1000)]
    rare = {"backend": "b", "kind": "image", "name": "rare"}

    found = list(chosen([*made, rare]))

    assert len(found) == CHOSEN == len({one["name"] for one in found})
    assert rare in found


def test_the_script_writes_them_and_counts_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    index, target = tmp_path / "index.jsonl", tmp_path / "entries.jsonl"
    made = [ENTRY | {"name": f"m{number}"} for number in range(CHOSEN + 5)]
    lines = [*made, ENTRY | {"backend": "crispasr"}]
    index.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    monkeypatch.setattr("tests.models.gallery.convert.TARGET", target)

    main(index)

    assert len(target.read_text(encoding="utf-8").splitlines()) == CHOSEN
    assert "306 entries, 305 names can be said, 300 written" in capsys.readouterr().out
