"""Evidence: what was found at a stack, bound to the release that it declared, and sealed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
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
from gitops.acceptance.figures import judged
from gitops.acceptance.registered import PREFIX
from gitops.acceptance.result import Kind, Result
from gitops.acceptance.scores import judged as scored
from gitops.acceptance.scores import sound
from proof.finding import Finding, Verdict
from settings.release import differences, digest_of

_SCHEMA = "evidence.schema.json"
# A stack of 2000 models takes a tenth.
MOST_BYTES = 4 * 1024 * 1024
_AGAIN = "make it anew with `localai-gitops accept`"
_CLOCK = "set the clock right, and make it anew with `localai-gitops accept`"
# Clocks of two machines differ by less.
SKEW = timedelta(minutes=5)

Evidence = Mapping[str, Any]


def evidence_schema() -> dict[str, Any]:
    """Return the schema of evidence."""
    return json.loads(declared_bytes(Path(__file__).parent, _SCHEMA, most=MOST_BYTES))


def evidence(context: Context, pools: Sequence[Pool], result: Result, now: datetime) -> Evidence:
    """Return the evidence of a result that passed."""
    figures = {} if result.kind is Kind.SMOKE else {result.kind.value: list(result.figures)}
    found = {
        "version": 2,
        "kind": result.kind.value,
        "stack": context.stack,
        "release": release_of(context, pools).summary,
        "time": moment(now),
        "tool": f"localai-gitops {VERSION}",
        "tools": dict(result.tools),
        "verdict": Verdict.PASS.value,
        "checks": [_short(one) for one in result.findings],
        **figures,
    }
    return {**found, "digest": digest_of(found)}


_TIME = "%Y-%m-%dT%H:%M:%SZ"


def moment(now: datetime) -> str:
    """Return a time as evidence has it: in UTC, to the second."""
    return now.astimezone(UTC).strftime(_TIME)


def time_of(found: Evidence) -> datetime:
    """Return when evidence was made."""
    return datetime.strptime(found["time"], _TIME).replace(tzinfo=UTC)


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
    try:
        time_of(found)
    except ValueError:
        cause = f"is {found['time']!r}, which is not a valid time"
        raise _refused(name, cause, _AGAIN, ("time",)) from None
    sealed = {key: value for key, value in found.items() if key != "digest"}
    bound = {key: value for key, value in found["release"].items() if key != "digest"}
    whole = digest_of(sealed) == found["digest"] and digest_of(bound) == found["release"]["digest"]
    if not whole or content != text(found).encode():
        raise _refused(name, "was edited: it does not have the digest it names", _AGAIN)
    return found


def problems(
    found: Evidence,
    name: str,
    context: Context,
    pools: Sequence[Pool],
    suites: Mapping[str, str] | None = None,
) -> Iterator[Problem]:
    """Yield why evidence does not show that a stack, as it is declared now, was seen to serve.

    `suites` are the digests of its suites now; without them, those of the evidence are believed.
    """
    if found["stack"] != context.stack:
        cause = f"is of stack {found['stack']}, not of {context.stack}"
        yield _problem(name, cause, "give the evidence of that stack")
    for one in differences(found["release"], release_of(context, pools).summary):
        yield _problem(name, f"is of another release: {one}", _AGAIN)
    match Kind(found["kind"]):
        case Kind.SMOKE:
            causes = _unanswered(found, context, pools)
        case Kind.LOAD:
            causes = _unloaded(found, pools)
        case Kind.EVALUATE:
            causes = _unscored(found, pools, suites)
    for cause in causes:
        yield _problem(name, cause, _AGAIN)


def early(found: Evidence, name: str, now: datetime) -> Iterator[Problem]:
    """Yield that evidence is of a time that is still to come."""
    if time_of(found) > now + SKEW:
        yield _problem(name, f"is of {found['time']}, which is in the future", _CLOCK, ("time",))


def _unanswered(found: Evidence, context: Context, pools: Sequence[Pool]) -> Iterator[str]:
    passed = [one for one in found["checks"]
              if (one["check"], one["verdict"]) == ("answers", "pass")]  # fmt: skip
    answered = {one["name"] for one in passed}
    ready = {one.get("pool") for one in passed}
    for pool in pools:
        names = {*pool.settings.models, *pool.settings.aliases}
        for each in sorted(names - answered if pool.settings.largest else ()):
            yield f"does not show that {each} of pool {pool.name} answers"
    for each in context.settings.served_models:
        if f"{PREFIX}{each}" not in ready:
            yield f"does not show that {PREFIX}{each} is ready"


def _unloaded(found: Evidence, pools: Sequence[Pool]) -> Iterator[str]:
    """Yield which load, as it is declared now, was not seen to hold its limits."""
    acceptance = pools[0].context.settings.acceptance
    served = _served(pools)
    for name, load in acceptance.load.items() if acceptance else ():
        runs = [one for one in found.get("load", ()) if one["name"] == name]
        if not runs and name in served:
            yield f"does not show a load on {name}"
        for one in (finding for run in runs for finding in judged(run, load)):
            if one.verdict is not Verdict.PASS:
                yield f"shows of {name}: {one.check}: {one.text}"


def _unscored(
    found: Evidence, pools: Sequence[Pool], suites: Mapping[str, str] | None
) -> Iterator[str]:
    """Yield which suite, as it is declared now, was not seen to be answered well enough."""
    acceptance = pools[0].context.settings.acceptance
    served, models = _served(pools), found["release"]["models"]
    for suite, settings in acceptance.evaluate.items() if acceptance else ():
        for name in settings.models:
            scores = [one for one in found.get("evaluate", ())
                      if (one["suite"], one["name"]) == (suite, name)]  # fmt: skip
            if not scores and name in served:
                yield f"does not show how {name} answers {suite}"
            for one in scores:
                if suites is not None and one["digest"] != suites.get(suite):
                    yield f"scored {suite} of {name} with other questions than it has now"
                judge = one["judge"]["name"] if one["judge"] else None
                if judge not in (None, settings.judge) or (
                    judge and one["judge"]["digest"] not in models.values()
                ):
                    yield f"was judged by {judge}, which is not the judge of {suite} now"
                yield from (f"contradicts itself: {each}" for each in sound(one))
                if (finding := scored(one, settings)).verdict is not Verdict.PASS:
                    yield f"shows of {name}: {finding.text}"


def _served(pools: Sequence[Pool]) -> set[str]:
    """Return the names that are asked: those of pools that are not parked."""
    return {name for pool in pools if pool.settings.largest
            for name in (*pool.settings.models, *pool.settings.aliases)}  # fmt: skip


def _problem(name: str, cause: str, cure: str, path: tuple[str | int, ...] = ()) -> Problem:
    return Problem(file=name, path=path, cause=cause, cure=cure)


def _refused(name: str, cause: str, cure: str, path: tuple[str | int, ...] = ()) -> RefusedError:
    return RefusedError([_problem(name, cause, cure, path)])
