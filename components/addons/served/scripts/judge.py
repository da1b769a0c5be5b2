"""Asks two versions of a model the same samples, and fails where the new one is less accurate.

Reads `{"rows": […], "labels": […]}` and its variables; prints both accuracies as one JSON line.
What cannot be asked, or answers with something else, is a failure.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

SAMPLES, OUTPUT, POINTS = "JUDGE_SAMPLES", "JUDGE_OUTPUT", "JUDGE_POINTS"
STABLE, CANARY = "JUDGE_STABLE", "JUDGE_CANARY"
_AT_ONCE = 50
_SECONDS = 30.0
_LARGEST = 2**20
_PER_CENT = 100

Ask = Callable[[str, Sequence[Any]], Any]


class JudgeError(Exception):
    """The versions could not be compared."""


def ask(url: str, rows: Sequence[Any]) -> Any:
    """Return what a server predicts of some rows.

    Raises:
        JudgeError: it does not, or it answers with something else.
    """
    body = json.dumps({"rows": rows}).encode()
    sent = Request(f"{url}/predict", body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urlopen(sent, timeout=_SECONDS) as answer:  # noqa: S310 (an address of the cluster)
            return json.loads(answer.read(_LARGEST))
    except (OSError, HTTPException, ValueError) as error:
        raise JudgeError(f"{url} does not predict: {error!s:.200}") from None


def samples(text: str) -> tuple[list[Any], list[Any]]:
    """Return rows and their labels.

    Raises:
        JudgeError: it is not of that form, or there are none.
    """
    try:
        found: Any = json.loads(text)
        rows, labels = list(found["rows"]), list(found["labels"])
    except (ValueError, TypeError, LookupError):
        raise JudgeError('the samples are not {"rows": […], "labels": […]}') from None
    if not rows or len(rows) != len(labels):
        raise JudgeError(f"the samples have {len(rows)} rows and {len(labels)} labels")
    return rows, labels


def accuracy(url: str, rows: Sequence[Any], labels: Sequence[Any], output: str, by: Ask) -> float:
    """Return which share of the labels a server predicts, as a percentage.

    Raises:
        JudgeError: it does not predict every row.
    """
    said = list(_predicted(url, rows, output, by))
    if len(said) != len(labels):
        raise JudgeError(f"{url} answers {len(said)} of {len(labels)} rows")
    right = sum(_same(one, other) for one, other in zip(said, labels, strict=True))
    return _PER_CENT * right / len(labels)


def _predicted(url: str, rows: Sequence[Any], output: str, by: Ask) -> Iterator[Any]:
    for start in range(0, len(rows), _AT_ONCE):
        answer = by(url, rows[start : start + _AT_ONCE])
        try:
            yield from answer["outputs"][output]
        except (TypeError, LookupError):
            raise JudgeError(f"{url} answers without the output {output!r:.80}") from None


def _same(one: Any, other: Any) -> bool:
    # Some models answer one label a row in a list of one.
    return one == other or one == [other]


def judged(found: Mapping[str, str], by: Ask = ask) -> dict[str, float]:
    """Return both accuracies, and by how many points the new version is below the one before.

    Raises:
        JudgeError: they cannot be compared.
    """
    rows, labels = samples(Path(found[SAMPLES]).read_text(encoding="utf-8"))
    stable, canary = (
        accuracy(found[place], rows, labels, found[OUTPUT], by) for place in (STABLE, CANARY)
    )
    return {"stable": stable, "canary": canary, "below": stable - canary}


def main(found: Mapping[str, str]) -> int:
    """Compare, and return 0 where the new version is accurate enough."""
    try:
        figures = judged(found)
    except (JudgeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{json.dumps(figures)}\n")
    return int(figures["below"] > float(found[POINTS]))


if __name__ == "__main__":
    sys.exit(main(os.environ))
