"""Whether what a plugin did is what a line of the provider's contract says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.plugins.cluster import owners
from sandbox.plugins.declaration import FIELD_MANAGER
from sandbox.plugins.properties import Properties
from tests.e2e.contract.client import Kept
from tests.sandbox.plugins.contract import Outcome, Run, built, difference, filled

CONTROLLERS = ("kube-", "kwok")


def check(line: Properties, run: Run) -> None:
    """Run a line and assert on each thing that it says."""
    for step in line.get("given", []):
        run.given(step)
    outcome = run.call(line["call"])
    said: Properties = filled(line["answer"], run.name)
    if "error" not in said and outcome.error:
        raise outcome.error
    for key, expected in said.items():
        ANSWERS[key](run, outcome, expected)
    if "managers" in line:
        managers(run, outcome, filled(line["managers"], run.name))


def at(value: Any, path: str) -> Any:
    """Return what is at a dotted path; a number is a place in a list."""
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    return value


def same(found: Any, expected: Any) -> None:
    """Assert that two values are equal, or that a text fits a pattern."""
    if isinstance(found, str) and isinstance(expected, str):
        assert found == expected or re.fullmatch(expected, found), (found, expected)
    else:
        assert found == expected


def fields(found: Any, expected: Properties) -> None:
    """Assert on values at paths."""
    for path, value in expected.items():
        same(at(found, path), value)


def live(run: Run) -> Properties:
    """Return the object as it is in the cluster."""
    assert run.hands
    found = run.hands.get(run.manifest)
    assert found
    return found


def own(run: Run, outcome: Outcome) -> str:
    """Return the resource's own field manager."""
    kept = outcome.answer if isinstance(outcome.answer, Kept) else run.known()
    return kept.state[FIELD_MANAGER]


def managers(run: Run, outcome: Outcome, expected: list[list[str]]) -> None:
    """Assert on who owns fields of the object, controllers left out."""
    found = [
        [entry["manager"], entry["operation"]]
        for entry in owners(live(run))
        if not entry.get("subresource") and not entry["manager"].startswith(CONTROLLERS)
    ]
    wanted = [
        [own(run, outcome) if manager == "{manager}" else manager, operation]
        for manager, operation in expected
    ]
    assert sorted(found) == sorted(wanted)


def error(_: Run, outcome: Outcome, expected: str) -> None:
    """Assert on the words of an error."""
    assert outcome.error, outcome.answer
    words = str(outcome.error)
    assert expected in words or re.search(expected, words, re.DOTALL), words


def left(run: Run, outcome: Outcome, _: bool) -> None:
    """Assert that a failed call leaves the state of what it wrote, and its inputs."""
    assert outcome.error
    detail = outcome.error.detail
    assert detail
    place = [run.manifest["metadata"].get("namespace"), run.manifest["metadata"]["name"]]
    assert detail.id == "/".join(place)
    assert "metadata" in detail.properties.fields
    assert "spec" in detail.inputs.fields


def gone(run: Run, _: Outcome, __: bool) -> None:
    """Assert that the object is not there."""
    assert run.hands
    assert run.hands.get(run.manifest) is None


def replaces(_: Run, outcome: Outcome, expected: str | list[str]) -> None:
    """Assert on what replaces an object: all of it, or one that begins so."""
    found = difference(outcome).replaces
    if isinstance(expected, list):
        assert found == expected
    else:
        assert [one for one in found if one.startswith(expected)], found


def seconds(_: Run, outcome: Outcome, expected: list[float]) -> None:
    """Assert on how long a call took."""
    least, most = expected
    assert least <= outcome.seconds <= most, outcome.seconds


def told(key: str) -> Callable[[Run, Outcome, Any], None]:
    """Return an assertion on one part of a diff."""

    def compared(_: Run, outcome: Outcome, expected: Any) -> None:
        assert getattr(difference(outcome), key) == expected, difference(outcome)

    return compared


ANSWERS: dict[str, Callable[[Run, Outcome, Any], None]] = {
    "error": error,
    "left": left,
    "gone": gone,
    "replaces": replaces,
    "seconds": seconds,
    "changes": told("changes"),
    "deletes_first": told("deletes_first"),
    "detailed": told("detailed"),
    "in_place": lambda _, outcome, __: same(difference(outcome).replaces, []),
    "missing": lambda _, outcome, __: same(outcome.answer, None),
    "id": lambda _, outcome, expected: same(outcome.answer.identity, expected),
    "state": lambda _, outcome, expected: fields(outcome.answer.state, expected),
    "inputs": lambda _, outcome, expected: fields(
        outcome.answer.inputs if isinstance(outcome.answer, Kept) else outcome.answer, expected
    ),
    "inputs_are": lambda run, outcome, expected: same(
        outcome.answer.inputs, built(expected, run.name)
    ),
    "live": lambda run, _, expected: fields(live(run), expected),
    "as_declared": lambda run, outcome, _: same(
        outcome.answer.state, run.plugin.check(run.manifest)
    ),
    "own_manager": lambda run, outcome, expected: same(own(run, outcome), expected),
    "same_manager": lambda run, outcome, _: same(own(run, outcome), own(run, Outcome())),
    "same_uid": lambda run, _, __: same(
        live(run)["metadata"]["uid"], run.known().state["metadata"]["uid"]
    ),
}
