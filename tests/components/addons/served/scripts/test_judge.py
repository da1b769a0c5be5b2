import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from components.addons.served.scripts.judge import (
    CANARY,
    OUTPUT,
    POINTS,
    SAMPLES,
    STABLE,
    JudgeError,
    accuracy,
    judged,
    main,
    samples,
)

ROWS = [[float(one)] for one in range(120)]
LABELS = [one % 10 for one in range(120)]


def saying(answer: Callable[[list[float]], Any]) -> Callable[[str, Sequence[Any]], Any]:
    return lambda _url, rows: {"outputs": {"label": [answer(row) for row in rows]}}


def right(row: list[float]) -> int:
    return int(row[0]) % 10


def test_every_row_counts_however_many_are_asked_at_once():
    assert accuracy("", ROWS, LABELS, "label", saying(right)) == 100
    assert accuracy("", ROWS, LABELS, "label", saying(lambda row: [right(row)])) == 100
    assert accuracy("", ROWS, LABELS, "label", saying(lambda row: int(row[0] < 60))) < 20


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"outputs": {}}, {"outputs": {"other": [1]}}, {"outputs": {"label": [1]}}],
)
def test_an_answer_of_another_form_is_a_failure(answer: Any):
    with pytest.raises(JudgeError):
        accuracy("http://canary", ROWS, LABELS, "label", lambda _url, _rows: answer)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"rows": [], "labels": []}', '{"rows": [1], "labels": []}', '{"rows": 1}'],
)
def test_samples_that_are_none_are_a_failure(text: str):
    with pytest.raises(JudgeError):
        samples(text)


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "samples.json"
    file.write_text(json.dumps({"rows": ROWS, "labels": LABELS}))
    # Nothing listens there.
    there = "http://127.0.0.1:1"
    return {SAMPLES: str(file), OUTPUT: "label", POINTS: "5", STABLE: there, CANARY: there}


def test_how_much_worse_the_new_version_is_is_said(told: dict[str, str]):
    def by(url: str, rows: Sequence[Any]) -> Any:
        return saying(right if url == "old" else lambda _row: 0)(url, rows)

    found = judged({**told, STABLE: "old", CANARY: "new"}, by)

    assert found == {"stable": 100.0, "canary": 10.0, "below": 90.0}


def test_a_version_that_cannot_be_asked_is_a_failure(
    told: dict[str, str], capsys: pytest.CaptureFixture[str]
):
    assert main(told) == 1
    assert "http://127.0.0.1:1 does not predict" in capsys.readouterr().err


def test_samples_that_are_gone_are_a_failure(told: dict[str, str]):
    assert main({**told, SAMPLES: "/nowhere"}) == 1
