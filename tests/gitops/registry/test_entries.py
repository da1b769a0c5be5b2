from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import RefusedError
from documents.reader import read
from documents.writer import to_yaml
from gitops.registry.entries import with_entries

NAME = "Pulumi.dev.yaml"
TOP = "config:\n  localai:namespace: dev  # ours\n"
BLOCK = f"""\
{TOP}  localai:servedModels:
    # Read by the post office.
    digits:
      version: 1  # the first
      metrics:
        accuracy: "0.9"
        f1: "0.8"  # macro
      replicas: {{min: 1, max: 4}}
    letters:
      version: 7
  # about pools
  localai:pools: {{}}
"""
FLOW = f"{TOP}  localai:servedModels: {{digits: {{version: 1, metrics: {{accuracy: '0.9'}}}}}}\n"


def edited(text: str, entries: dict[str, Any], *gone: str) -> str:
    return with_entries(text.encode(), NAME, entries, gone).decode()


def test_values_change_where_they_stand():
    found = edited(BLOCK, {"digits": {"version": 2, "metrics": {"accuracy": "0.95", "f1": "0.9"}}})

    changed = BLOCK.replace("version: 1  #", "version: 2  #").replace('"0.9"', "'0.95'", 1)
    assert found == changed.replace('"0.8"  #', "'0.9'  #")


def test_new_keys_and_metrics_get_lines_of_their_own_and_old_metrics_go():
    found = edited(BLOCK, {"digits": {"semver": "1.1.0", "metrics": {"recall": "0.7"}}})

    assert "      metrics:\n        recall: '0.7'\n      replicas: {min: 1, max: 4}\n" in found
    assert "max: 4}\n      semver: 1.1.0\n    letters:" in found


def test_a_new_model_comes_last_and_before_the_comment_of_the_next_key():
    found = edited(BLOCK, {"faces": {"version": 1, "metrics": {"f1": "1"}}})

    lines = "    faces:\n      version: 1\n      metrics:\n        f1: '1'\n  # about pools\n"
    assert f"      version: 7\n{lines}" in found


def test_the_first_model_of_a_file_brings_its_key():
    assert edited(TOP.rstrip("\n"), {"digits": {"version": 1}}) == (
        f"{TOP}  localai:servedModels:\n    digits:\n      version: 1\n"
    )


def test_braces_stay_braces():
    found = edited(FLOW, {"digits": {"version": 2, "file": "a.onnx"}, "b": {"version": 3}})

    one = "digits: {version: 2, metrics: {accuracy: '0.9'}, file: a.onnx}"
    assert found == f"{TOP}  localai:servedModels: {{{one}, b: {{version: 3}}}}\n"


@pytest.mark.parametrize("text", [BLOCK, FLOW])
def test_models_go(text: str):
    config: Any = read(text.encode(), name=NAME).value["config"]
    names: list[str] = list(config["localai:servedModels"])

    assert "digits" not in edited(text, {}, "digits").replace("# Read", "")
    assert "localai:servedModels: {}\n" in edited(text, {}, *names)


def test_nothing_to_change_changes_no_byte():
    assert edited(BLOCK, {"digits": {"version": 1}, "letters": {"version": 7}}, "other") == BLOCK


@pytest.mark.parametrize(
    "text",
    [
        f"{TOP}  localai:servedModels:\n    ? digits\n    : version: 1\n",
        f"{TOP}  localai:servedModels:\n    digits: {{version: 1, # first\n      size: 2}}\n",
    ],
)
def test_a_form_that_cannot_be_edited_is_refused_or_kept_true(text: str):
    wanted = {"digits": {"version": 2, "file": "a.onnx"}}
    try:
        found = read(edited(text, wanted).encode(), name=NAME).value
    except RefusedError as error:
        assert "is written in a form that cannot be edited" in str(error)  # noqa: PT017
        return
    config: Any = found["config"]
    assert config["localai:servedModels"]["digits"]["version"] == 2


LABELS = st.sampled_from(["a", "b", "c-1"])
TEXTS = st.sampled_from(["1.0.0", "10.2.3", "model.onnx", "null", "1", "a: b", "#x"])
METRICS = st.dictionaries(
    st.sampled_from(["accuracy", "f1"]), st.sampled_from(["0.5", "1"]), min_size=1
)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Return some served models with some of their keys."""
    found: dict[str, dict[str, Any]] = {}
    for label in draw(st.sets(LABELS)):
        found[label] = {"version": draw(st.integers(1, 9))}
        for key in draw(st.sets(st.sampled_from(["semver", "file", "metrics"]))):
            found[label][key] = draw(METRICS if key == "metrics" else TEXTS)
    return found


@given(entries(), entries(), st.sets(LABELS, max_size=2), st.booleans())
def test_any_edit_of_a_file_as_written_reads_as_meant(
    old: dict[str, Any], new: dict[str, Any], gone: set[str], comments: bool
):
    served = {"localai:servedModels": old} if old else {}
    text = to_yaml({"config": {"localai:namespace": "dev", **served, "localai:pools": ["x"]}})
    if comments:
        text = "".join(f"{line}  # {n}\n# {n}\n" for n, line in enumerate(text.splitlines()))

    found: Any = read(edited(text, new, *gone).encode(), name=NAME).value["config"]

    left = {label: one for label, one in old.items() if label not in gone}
    merged = {label: {**left.get(label, {}), **one} for label, one in new.items()}
    assert found.get("localai:servedModels", {}) == {**left, **merged}
    if comments:
        assert edited(text, new).count("#") >= text.count("#") - 2 * len(str(old))
