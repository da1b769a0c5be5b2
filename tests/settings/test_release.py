"""A release file is read as it was written, and any other hand in it is seen."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from documents.problem import RefusedError
from models.parameters import Parameters
from models.weights import Weights, WeightsSize
from settings.release import (
    Block,
    Release,
    blocked_reason,
    blocked_text,
    differences,
    parse_release,
    read_blocked,
    read_release,
    resolved,
    served_digest,
)
from settings.served import ServedVersion
from tests.samples import catalog

MODELS = {name: resolved(model) for name, model in catalog().definitions.items()}
RELEASE = Release(
    server="v4.9.0",
    images={"quay.io/a/b:v4.9.0": f"sha256:{'a' * 64}", "quay.io/a/c:v4.9.0-cpu": ""},
    aliases={"assistant": "qwen3-0.6b"},
    models=MODELS,
)
NAME = "releases/staging.yaml"


def refused(content: bytes) -> str:
    with pytest.raises(RefusedError) as error:
        parse_release(content, NAME)
    return str(error.value)


def test_what_is_written_is_read_as_it_was():
    read = parse_release(RELEASE.text.encode(), NAME)

    assert read == RELEASE
    assert read.digest == RELEASE.digest
    assert read.text == RELEASE.text


def test_line_ends_of_another_system_are_no_edit():
    assert parse_release(RELEASE.text.replace("\n", "\r\n").encode(), NAME) == RELEASE


def test_a_stack_without_a_file_has_no_release(tmp_path: Path):
    assert read_release(tmp_path, "staging") is None


def test_words_for_people_do_not_make_another_release_and_are_sealed_all_the_same():
    free = {name: model.model_copy(update={"license": "MIT"}) for name, model in MODELS.items()}
    other = RELEASE.model_copy(update={"models": free})

    assert other.digest == RELEASE.digest
    assert other.text != RELEASE.text


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("temperature: 0.6", "temperature: 0.7", ":2: digest: is sha256:"),
        ("license: Apache-2.0", "license: MIT", ":3: seal: is sha256:"),
        ("server: v4.9.0", "server: 'v4.9.0'", ":4: is not as the command wrote it"),
        ("server: v4.9.0", "server: latest", ":4: server: is 'latest'"),
        ("server: v4.9.0", "server: v4.9.0\nsevrer: v4.9.0", ":5: sevrer: is not a known key"),
        ("# Written", "# Edited", ":1: is not as the command wrote it"),
    ],
)
def test_an_edit_by_hand_is_refused_at_its_line(old: str, new: str, place: str):
    assert old in RELEASE.text

    assert f"{NAME}{place}" in refused(RELEASE.text.replace(old, new, 1).encode())


def test_a_file_cut_off_is_refused():
    assert NAME in refused(RELEASE.text[: len(RELEASE.text) // 2].encode())


def about(number: int, digits: int, unit: str) -> str:
    return f"about {number / 10**digits:.{digits}f} {unit}"


SIZES = st.builds(about, st.integers(1, 999_999), st.integers(0, 6), st.sampled_from(["MB", "GB"]))


@given(SIZES)
def test_an_estimated_size_is_written_as_it_means(text: str):
    weights = MODELS["qwen3-0.6b"].weights.model_dump() | {"size": text}
    try:
        size = Weights.model_validate(weights).size
    except ValidationError:
        return
    assert Weights.model_validate(weights | {"size": size.written}).size == size


NUMBERS = st.floats(1e-9, 5) | st.just(0.0) | st.none()


@given(NUMBERS, st.integers(-1, 1000) | st.none(), st.sampled_from(sorted(MODELS)), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_parameters_come_back_as_they_were(
    temperature: float | None, top_k: int | None, name: str, exact: bool
):
    parameters = Parameters(temperature=temperature, top_k=top_k)
    model = MODELS[name]
    weights = model.weights.model_copy(update={"size": WeightsSize(bytes=10**9, exact=True)})
    changed = {"parameters": parameters} | ({"weights": weights} if exact else {})
    made = resolved(model.model_copy(update=changed))
    release = Release(server="v4.9.0", images={}, models={name: made})

    read = parse_release(release.text.encode(), NAME)

    assert read == release
    assert served_digest(read.models[name]) == served_digest(made)


@given(st.binary(max_size=60), st.integers(0, len(RELEASE.text)), st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_whatever_a_file_holds_it_is_the_release_or_refused(piece: bytes, at: int, cut: int):
    content = RELEASE.text.encode()
    content = content[:at] + piece + content[at + cut :]
    try:
        read = parse_release(content, NAME)
    except RefusedError as error:
        problems = error.problems
    else:
        problems = ()
        assert read == RELEASE
    assert all(one.file == NAME and str(one).isprintable() for one in problems)


def test_a_blocked_release_says_why_and_another_one_does_not(tmp_path: Path):
    assert blocked_reason(tmp_path, [RELEASE]) == ""
    block = Block.model_validate(
        {"release": RELEASE.digest, "reason": "yes", "since": "2026-11-29"}
    )
    file = tmp_path / "releases" / "blocked.yaml"
    file.parent.mkdir()
    file.write_text(blocked_text([block]), encoding="utf-8")

    assert read_blocked(tmp_path) == (block,)
    assert blocked_reason(tmp_path, [None, RELEASE]) == "yes"
    assert blocked_reason(tmp_path, [RELEASE.model_copy(update={"server": "v4.8.2"})]) == ""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "blocked:\n- release: abc\n  reason: a\n  since: '2026-11-29'\n",
            ":2: blocked[0].release",
        ),
        ("blocked:\n- {reason: a}\n", "blocked[0].release: is missing"),
        ("blokced: []\n", ":1: blokced: is not a known key"),
    ],
)
def test_a_file_of_blocked_releases_that_is_not_valid_is_refused(
    text: str, place: str, tmp_path: Path
):
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "blocked.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(RefusedError) as error:
        read_blocked(tmp_path)

    assert place in str(error.value)


def served(**fields: Any) -> ServedVersion:
    usual = {"model": "digits", "version": 1, "semver": "1.0.0", "digest": f"sha256:{'2' * 64}",
             "size": 7, "metrics": {"accuracy": "0.97"},
             "image": "a.example/predict:1"}  # fmt: skip
    return ServedVersion.model_validate({**usual, **fields})


def with_served(**models: ServedVersion) -> Release:
    return RELEASE.model_copy(update={"served": models})


def test_nothing_is_said_of_served_models_where_there_are_none():
    # Evidence and blocks name digests that were taken before there were any.
    assert "served" not in RELEASE.summary
    assert "served" not in RELEASE.text


def test_a_release_holds_served_models_and_is_read_as_written():
    one = with_served(digits=served())

    read = parse_release(one.text.encode(), NAME)
    assert read == one
    assert read.served["digits"].metrics == {"accuracy": "0.97"}


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 2}, {"digest": f"sha256:{'3' * 64}"}, {"semver": "1.0.1"},
        {"metrics": {"accuracy": "0.98"}}, {"image": "a.example/predict:2"}, {"model": "letters"},
    ],
)  # fmt: skip
def test_another_version_figure_or_image_is_another_release(fields: dict[str, Any]):
    one, other = with_served(digits=served()), with_served(digits=served(**fields))

    assert one.digest != other.digest
    assert list(differences(one.summary, other.summary)) == ["served: digits changed"]


def test_the_first_served_model_is_a_difference():
    found = differences(RELEASE.summary, with_served(digits=served()).summary)

    assert list(found) == ["served have digits, and had it not"]
