"""Evidence: what was found at a stack, bound to the release that it declared, and sealed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs

from components.checks.resolve import release_of
from components.parts.context import Context
from components.pool.pool import Pool
from documents.files import declared_bytes
from documents.foreign import foreign_json
from documents.problem import Problem, RefusedError
from gitops import VERSION
from proof.finding import Finding
from settings.release import differences, digest_of

_SCHEMA = "evidence.schema.json"
# A stack of 2000 models takes a tenth.
MOST_BYTES = 4 * 1024 * 1024
_AGAIN = "make it anew with `localai-gitops verify`"

Evidence = Mapping[str, Any]


def evidence_schema() -> dict[str, Any]:
    """Return the schema of evidence."""
    return json.loads(declared_bytes(Path(__file__).parent, _SCHEMA, most=MOST_BYTES))


def evidence(
    context: Context, pools: Sequence[Pool], findings: Sequence[Finding], now: datetime
) -> Evidence:
    """Return the evidence of findings that passed."""
    found = {
        "version": 1,
        "kind": "smoke",
        "stack": context.stack,
        "release": release_of(context, pools).summary,
        "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tool": f"localai-gitops {VERSION}",
        "checks": [_short(one) for one in findings],
    }
    return {**found, "digest": digest_of(found)}


def _short(one: Finding) -> dict[str, Any]:
    """Return a finding without what a pass has not, and with no more digits than mean something."""
    seconds = None if one.seconds is None else round(one.seconds, 2)
    return {
        key: value
        for key, value in {**asdict(one), "seconds": seconds}.items()
        if value or key == "name"
    }


def text(found: Evidence) -> str:
    """Return evidence as the one text that a file of it may hold."""
    return json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n"


def read(content: bytes, name: str) -> Evidence:
    """Return the evidence in a file, called `name` in messages.

    Raises:
        RefusedError: it is not of the form, or it was edited.
    """
    found = foreign_json(content, name=name, most=MOST_BYTES)
    validator = jsonschema_rs.Draft202012Validator(evidence_schema())
    if error := next(validator.iter_errors(found), None):
        place = tuple(step for step in error.instance_path)
        raise _refused(name, f"is not evidence: {error.message:.200}", _AGAIN, place)
    sealed = {key: value for key, value in found.items() if key != "digest"}
    bound = {key: value for key, value in found["release"].items() if key != "digest"}
    whole = digest_of(sealed) == found["digest"] and digest_of(bound) == found["release"]["digest"]
    if not whole or content != text(found).encode():
        raise _refused(name, "was edited: it does not have the digest it names", _AGAIN)
    return found


def problems(
    found: Evidence, name: str, context: Context, pools: Sequence[Pool]
) -> Iterator[Problem]:
    """Yield why evidence does not show that a stack, as it is declared now, was seen to serve."""
    if found["stack"] != context.stack:
        cause = f"is of stack {found['stack']}, not of {context.stack}"
        yield _problem(name, cause, "give the evidence of that stack")
    for one in differences(found["release"], release_of(context, pools).summary):
        yield _problem(name, f"is of another release: {one}", _AGAIN)
    answered = {one["name"] for one in found["checks"]
                if (one["check"], one["verdict"]) == ("answers", "pass")}  # fmt: skip
    for pool in pools:
        names = {*pool.settings.models, *pool.settings.aliases}
        for each in sorted(names - answered if pool.settings.largest else ()):
            yield _problem(name, f"does not show that {each} of pool {pool.name} answers", _AGAIN)
    for one in found["checks"]:
        if one["verdict"] == "fail":
            yield _problem(name, f"shows a failure: {one['check']} of {one['name']}", _AGAIN)


def _problem(name: str, cause: str, cure: str, path: tuple[str | int, ...] = ()) -> Problem:
    return Problem(file=name, path=path, cause=cause, cure=cure)


def _refused(name: str, cause: str, cure: str, path: tuple[str | int, ...] = ()) -> RefusedError:
    return RefusedError([_problem(name, cause, cure, path)])
