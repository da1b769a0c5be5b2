"""What was found: one line a check, and whether it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Check(StrEnum):
    """What was looked at."""

    VERSION = "version"
    ENGINES = "engines"
    LISTED = "listed"
    ANSWERS = "answers"
    LEADS = "leads"
    DIGESTS = "digests"
    ADDED = "added"
    RATE = "rate"
    FAILING = "failing"
    FIRST_TOKEN = "first token"
    BETWEEN_TOKENS = "between tokens"
    SCORE = "score"
    BASELINE = "baseline"


# What is not seen to hold fails: it was asked for.
_NEEDED = (
    Check.ANSWERS, Check.RATE, Check.FAILING, Check.FIRST_TOKEN, Check.BETWEEN_TOKENS, Check.SCORE,
)  # fmt: skip


class Verdict(StrEnum):
    """Whether it holds; `unseen` is neither: it could not be seen from here, and the text why."""

    PASS = "pass"
    FAIL = "fail"
    UNSEEN = "unseen"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check of one name, or of a server where the name is empty.

    `pool` is empty for the router, `answered_by` where the answer does not tell.
    """

    check: Check
    pool: str
    name: str
    verdict: Verdict
    text: str
    cure: str = ""
    seconds: float | None = None
    answered_by: str | None = None


def passed(findings: Iterable[Finding]) -> bool:
    """Return whether nothing failed, and all that was asked for was seen."""
    known = tuple(findings)
    missing = (one.check in _NEEDED and one.verdict is not Verdict.PASS for one in known)
    return not any(one.verdict is Verdict.FAIL for one in known) and not any(missing)


def outcome(
    stack: str, pool: str, release: str, found: Iterable[Finding], why: Sequence[str]
) -> dict[str, Any]:
    """Return what a Job leaves for people and programs: whether it proved what, and why not."""
    known = tuple(found)
    return {
        "version": 1,
        "stack": stack,
        "pool": pool,
        "release": release,
        "passed": passed(known),
        "checks": len(known),
        "why": list(why),
    }
