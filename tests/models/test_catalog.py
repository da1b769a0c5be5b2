from pathlib import Path

import pytest
import yaml

from documents.problem import RefusedError
from documents.validation import keys
from models.catalog import FORBIDDEN, read_catalog, read_definition
from models.definition import Definition
from tests.models.entries import chat
from tests.samples import catalog
from tests.support.project import PROJECT


def write(folder: Path, name: str, text: str = "") -> Path:
    path = folder / "models" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text or yaml.safe_dump(chat(name=name)), encoding="utf-8")
    return path


def test_the_catalog_holds_the_models_of_a_folder_by_name(tmp_path: Path):
    for name in ("b", "a.1"):
        write(tmp_path, name)

    found = read_catalog(tmp_path).definitions

    assert {name: one.name for name, one in found.items()} == {"a.1": "a.1", "b": "b"}


def test_only_models_are_models(tmp_path: Path):
    write(tmp_path, "a")
    write(tmp_path, "models.lock", "locked: true\n")
    (tmp_path / "models" / "readme.md").touch()

    assert list(read_catalog(tmp_path).definitions) == ["a"]


def test_a_folder_without_models_has_an_empty_catalog(tmp_path: Path):
    assert read_catalog(tmp_path).definitions == {}


@pytest.mark.parametrize("key", FORBIDDEN)
def test_a_forbidden_key_is_refused_with_its_reason_before_anything_else(key: str, tmp_path: Path):
    path = write(tmp_path, "a", f"name: b\nnaem: c\n{key}: 1\n")

    with pytest.raises(RefusedError) as caught:
        read_definition(tmp_path, path.name)

    assert str(caught.value) == (
        f"models/a.yaml:3: {key}: is not allowed: {FORBIDDEN[key]}; delete it"
    )


def test_no_forbidden_key_is_one_that_a_definition_reads():
    assert not set(FORBIDDEN) & set(keys(Definition))


def test_a_model_is_named_like_its_file(tmp_path: Path):
    path = write(tmp_path, "a").rename(tmp_path / "models" / "b.yaml")

    with pytest.raises(RefusedError, match=r"^models/b\.yaml:\d+: name: is 'a', but the file is b"):
        read_definition(tmp_path, path.name)


def test_one_broken_model_does_not_hide_another(tmp_path: Path):
    write(tmp_path, "good")
    write(tmp_path, "one", "name: one\n")
    write(tmp_path, "two", "- two\n")

    with pytest.raises(RefusedError) as caught:
        read_catalog(tmp_path)

    assert {problem.file for problem in caught.value.problems} == {
        "models/one.yaml",
        "models/two.yaml",
    }


def test_a_model_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "gone.yaml").symlink_to(tmp_path / "nowhere")

    with pytest.raises(RefusedError, match=r"^models/gone\.yaml: cannot be read: No such file"):
        read_catalog(tmp_path)


def test_every_model_of_the_tests_says_all_that_its_engine_would_guess():
    files = sorted(
        path.stem for path in (PROJECT / "models").glob("*.yaml") if "lock" not in path.stem
    )

    assert sorted(catalog().definitions) == files
    for model in catalog().definitions.values():
        assert (model.slots is None) == (model.backend != "llama-cpp"), model.name
        assert (model.architecture is None) == (model.backend != "llama-cpp"), model.name


def test_a_file_that_two_models_share_comes_from_one_address():
    files = [file for model in catalog().definitions.values() for file in model.files]
    urls = {file.path: file.url for file in files}

    assert all(urls[file.path] == file.url for file in files)
