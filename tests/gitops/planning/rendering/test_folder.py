import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops.planning.checkout import declared
from gitops.planning.plan import stack_plan
from gitops.planning.rendering.rendering import (
    INDEX,
    VERSION,
    Rendering,
    UnreadableRenderingError,
    files,
    manifest_yaml,
    other_form,
    read_folder,
)
from tests.gitops.stacks import Config, rendered, stack_file
from tests.support.project import PROJECT


def rich() -> Config:
    """Return a stack with everything that is hard to write down and read back."""
    config = stack_file()
    values: dict[str, Any] = {
        "yes": "no",
        "date": "2026-01-01",
        "text": "a\nb\n",
        "é": [1, {"on": True}],
        "n": {},
    }
    config["charts"] = {
        "store": {
            "repository": "https://charts.example.org", "chart": "store", "version": "1.2.3",
            "values": values,
        }
    }  # fmt: skip
    config["network"] = {"clients": ["app"], "sources": ["10.1.0.0/16"]}
    config["claims"] = {"adopt": True, "abandon": ["old"]}
    return config


def written(rendering: Rendering, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files(rendering).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


@pytest.mark.parametrize("config", [stack_file(), rich()])
def test_a_folder_gives_back_the_rendering(config: Config, tmp_path: Path):
    rendering = rendered(config)
    assert read_folder(written(rendering, tmp_path)) == rendering


@pytest.mark.parametrize("stack", ["dev", "production", "staging"])
def test_the_folder_of_a_stack_gives_it_back(stack: str, tmp_path: Path):
    (rendering,) = declared(PROJECT, [stack])
    assert read_folder(written(rendering, tmp_path)) == rendering


def test_every_object_has_a_file_of_its_own_but_generated_secrets_have_none():
    rendering = rendered(stack_file())
    named = [part.file for part in rendering.parts if part.file]
    assert len(named) == len(set(named))
    assert sorted([INDEX, *named]) == sorted(files(rendering))
    hidden = [part.token for part in rendering.parts if part.object and not part.file]
    assert hidden == ["kubernetes:core/v1:Secret"]


def test_no_file_holds_the_value_of_a_secret():
    for text in files(rendered(rich())).values():
        assert "stringData" not in text
        assert '"data": {"api-key"' not in text
        assert not any(line.startswith("kind: Secret") for line in text.splitlines())


def test_fields_of_a_later_version_are_passed_over(tmp_path: Path):
    rendering = rendered(stack_file())
    index = written(rendering, tmp_path) / INDEX
    plain: dict[str, Any] = json.loads(index.read_text(encoding="utf-8"))
    plain["later"] = 1
    plain["parts"][0]["later"] = {"deep": 1}
    plain["pools"][0]["later"] = []
    index.write_text(json.dumps(plain), encoding="utf-8")
    assert read_folder(tmp_path) == rendering


def test_another_version_is_refused_plainly(tmp_path: Path):
    newer = replace(rendered(stack_file()), version=VERSION + 1)
    with pytest.raises(UnreadableRenderingError, match=rf"version {VERSION + 1}, this code reads"):
        read_folder(written(newer, tmp_path))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 1}', '"text"', "{}"])
def test_an_index_that_is_none_is_refused_in_one_line(text: str, tmp_path: Path):
    (tmp_path / INDEX).write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableRenderingError) as refused:
        read_folder(tmp_path)
    assert str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("price", ["9" * 60, "1e99", "-1", "NaN", ""])
def test_a_price_that_no_plan_adds_up_is_refused(price: str, tmp_path: Path):
    index = written(rendered(stack_file()), tmp_path) / INDEX
    plain: dict[str, Any] = json.loads(index.read_text(encoding="utf-8"))
    plain["pools"][0]["price"] = price
    index.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(UnreadableRenderingError, match="1 validation error"):
        read_folder(tmp_path)


def test_a_folder_without_an_index_is_refused(tmp_path: Path):
    with pytest.raises(UnreadableRenderingError, match="No such file"):
        read_folder(tmp_path)


def test_a_missing_object_is_refused(tmp_path: Path):
    folder = written(rendered(stack_file()), tmp_path)
    (folder / "deployment-localai-talk.yaml").unlink()
    with pytest.raises(UnreadableRenderingError, match="deployment-localai-talk"):
        read_folder(folder)


@pytest.mark.parametrize("name", ["../outside.yaml", "/etc/passwd", ".hidden.yaml", "a/b.yaml"])
def test_a_file_outside_the_folder_is_never_read(name: str, tmp_path: Path):
    rendering = rendered(stack_file())
    part = next(part for part in rendering.parts if part.file)
    hostile = replace(rendering, parts=(replace(part, file=name, object=None),))
    (tmp_path / INDEX).write_text(files(hostile)[INDEX], encoding="utf-8")
    with pytest.raises(UnreadableRenderingError, match="not a plain file name"):
        read_folder(tmp_path)


def test_an_object_without_a_kind_and_a_name_is_no_rendering(tmp_path: Path):
    folder = written(rendered(stack_file()), tmp_path)
    file = next(path for path in sorted(folder.iterdir()) if path.name != INDEX)
    file.write_text("kind: 3\nmetadata: {name: a}\n", encoding="utf-8")
    with pytest.raises(UnreadableRenderingError, match="without a kind and a name"):
        read_folder(folder)


def test_objects_of_another_form_make_a_rendering_unreadable():
    head = rendered(stack_file())
    bare = tuple(
        replace(part, object={"kind": part.object["kind"], "metadata": {"name": "a"}})
        for part in head.parts
        if part.object
    )
    with (
        pytest.raises(UnreadableRenderingError, match="another form than here, KeyError"),
        other_form(),
    ):
        stack_plan(replace(head, parts=bare), head)


def keys_of(text: str) -> list[str]:
    return [line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()]


def test_a_file_begins_with_what_people_read_first():
    for name, text in files(rendered(rich())).items():
        if name != INDEX:
            keys = keys_of(text)
            assert keys[:3] == ["apiVersion", "kind", "metadata"], name
            assert "spec" not in keys or keys[3] == "spec", name


def test_an_item_begins_with_its_name_and_a_container_with_its_image():
    manifest = {
        "spec": {
            "containers": [{"env": [{"value": "1", "name": "A"}], "image": "i", "name": "c"}],
            "helm": {"valuesObject": {"list": [{"value": 1, "name": "own order"}]}},
        },
        "metadata": {"labels": {"z": "1", "a": "2"}, "name": "own"},
        "kind": "K",
    }
    assert manifest_yaml(manifest) == (
        "kind: K\nmetadata:\n  name: own\n  labels:\n    z: '1'\n    a: '2'\nspec:\n"
        "  containers:\n  - name: c\n    image: i\n    env:\n    - name: A\n      value: '1'\n"
        "  helm:\n    valuesObject:\n      list:\n      - value: 1\n        name: own order\n"
    )


@given(
    st.recursive(
        st.integers() | st.sampled_from("ab"),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("name", "image", "metadata", "containers", "spec", "data", "kind")),
            inner, max_size=4,
        ),
    ).filter(lambda one: isinstance(one, dict))
)  # fmt: skip
def test_the_order_of_keys_changes_no_object(value: dict[str, Any]):
    assert yaml.safe_load(manifest_yaml(value)) == value
