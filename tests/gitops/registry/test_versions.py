import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import RefusedError
from gitops.adapters.mlflow.registry import Row
from gitops.registry.versions import (
    Artifact,
    Semver,
    Step,
    Version,
    metrics,
    number,
    proposed,
    refuse_name,
    refuse_unfit,
    semver,
    share,
    tags,
    with_aliases,
    written,
)

OLD = Artifact(digest="sha256:" + "1f" * 32, size=7, architecture="a", data="d", parameters="p")
NEW = replace(OLD, digest="sha256:" + "2e" * 32)
METRICS = {"accuracy": 0.99, "f1": 0.98}


def version(number: int, known: str, artifact: Artifact = OLD) -> Version:
    written = tags(artifact, semver(known) or Semver(0, 0, 0), METRICS)
    row = Row(number=number, status="READY", source="", description="", created=0, tags=written)
    return Version(row=row)


@pytest.mark.parametrize(
    ("new", "wanted", "why"),
    [
        (NEW, "1.2.4", "other bytes, of the same architecture"),
        (replace(NEW, data="e"), "1.3.0", "retrained: other training data"),
        (replace(NEW, parameters="q"), "1.3.0", "retrained: other parameters"),
        (replace(NEW, architecture="b", data="e"), "2.0.0", "another architecture"),
    ],
)
def test_the_next_number_follows_from_what_differs_from_the_highest(
    new: Artifact, wanted: str, why: str
):
    known = (version(1, "1.2.3"), version(2, "1.1.0", replace(OLD, architecture="other")))

    found, said = proposed(new, known)

    assert (str(found), why in said) == (wanted, True)


def test_the_first_version_is_1_0_0_also_beside_versions_of_others():
    others = Version(
        row=Row(number=4, status="READY", source="", description="", created=0, tags={})
    )

    assert proposed(NEW, [others]) == (Semver(1, 0, 0), "the first version")


@pytest.mark.parametrize(
    ("given_", "new", "words"),
    [
        ("1.0.0", NEW, "is that of version 1 already; leave --semver out, or use 1.0.1"),
        ("1.0.1", replace(NEW, data="e"), "says less than differs from 1.0.0: retrained"),
        ("1.1.0", replace(NEW, architecture="b"), "says less than differs from 1.0.0: another"),
    ],
)
def test_a_number_that_is_taken_or_says_too_little_is_refused(
    given_: str, new: Artifact, words: str
):
    with pytest.raises(RefusedError, match=words):
        refuse_unfit(semver(given_) or Semver(0, 0, 0), new, [version(1, "1.0.0")])


def test_a_fix_of_an_older_line_may_be_given():
    known = [version(1, "1.0.0"), version(2, "2.0.0", replace(OLD, architecture="b"))]

    refuse_unfit(Semver(1, 0, 1), NEW, known)
    refuse_unfit(Semver(3, 0, 0), NEW, known)


@given(st.builds(Semver, *[st.integers(0, 999_999)] * 3), st.sampled_from(Step))
def test_the_next_number_is_higher_and_reads_as_written(one: Semver, step: Step):
    assert semver(str(one)) == one
    if max(one.major, one.minor, one.patch) < 999_999:
        assert semver(str(one.after(step))) == one.after(step)
    assert one.after(step) > one


@pytest.mark.parametrize(
    "text", ["", "1.0", "v1.0.0", "01.0.0", "1.0.0-rc1", "1.0.0 ", "1.0.\u0663"]
)
def test_what_is_no_semantic_version_is_none(text: str):
    assert semver(text) is None


@given(st.text(max_size=40))
def test_a_share_is_a_number_from_0_to_1_or_nothing(text: str):
    found = share(text)

    assert found is None or 0 <= found <= 1


@given(st.floats(0, 1))
def test_a_metric_reads_as_written(value: float):
    assert float(written(value)) == value
    assert "e" not in written(value)


@pytest.mark.parametrize(
    "text", ["nan", "NaN", "inf", "-0.1", "1.01", "0_1", "", "x", "\u0660.\u0669"]
)
def test_a_tag_that_is_no_share_counts_as_missing(text: str):
    assert share(text) is None


def test_metrics_of_a_file_are_read_and_others_are_named():
    content = json.dumps({"f1": 1, "accuracy": 0.5, "recall": 0.4}).encode()

    assert metrics(content, "metrics.json") == ({"accuracy": 0.5, "f1": 1.0}, ("recall",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"accuracy": NaN, "f1": 0.9}', "it holds the number NaN"),
        (b'{"accuracy": 0.9}', "f1 is missing"),
        (b'{"accuracy": 99, "f1": 0.9}', "accuracy is 99, not a number from 0 to 1"),
        (b'{"accuracy": "0.9", "f1": 0.9}', "accuracy is '0.9', not a number from 0 to 1"),
        (b'{"accuracy": true, "f1": 0.9}', "accuracy is True, not a number from 0 to 1"),
        (b'{"accuracy": 1e400, "f1": 0.9}', "it holds the number 1e400"),
        (b"[]", "holds no mapping"),
        (b"accuracy: 1", "is not JSON"),
    ],
)
def test_metrics_that_are_none_are_refused(content: bytes, words: str):
    with pytest.raises(RefusedError, match=words) as error:
        metrics(content, "metrics.json")

    assert str(error.value).startswith("metrics.json: ")


def test_tags_say_all_that_outlives_a_run():
    found = tags(replace(OLD, revision="1f2e3d4"), Semver(1, 0, 0), METRICS)

    assert found == {
        "semver": "1.0.0", "digest": OLD.digest, "size": "7", "accuracy": "0.99", "f1": "0.98",
        "data_digest": "d", "revision": "1f2e3d4", "architecture": "a", "parameters": "p",
    }  # fmt: skip
    row = Row(number=1, status="READY", source="", description="", created=0, tags=found)
    assert Version(row=row).artifact == replace(OLD, revision="1f2e3d4")


def test_a_version_is_found_by_number_semantic_version_and_alias():
    known = with_aliases([version(1, "1.0.0").row, version(2, "1.1.0").row], {"staging": 1})

    assert [one.number for one in known] == [2, 1]
    assert {number(text, known).number for text in ("1", "1.0.0", "staging")} == {1}
    with pytest.raises(RefusedError, match="is not in the registry; there are: 2, 1"):
        number("None", known)
    with pytest.raises(RefusedError, match="there are: 1"):
        number("None", [Version(row=replace(known[0].row, number=1, tags={}))])


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "../x", "-a", "a b", "a'", "ä", "a" * 64])
def test_a_name_that_no_path_or_address_can_hold_is_refused(name: str):
    with pytest.raises(RefusedError, match="is no name of a model"):
        refuse_name(name)
