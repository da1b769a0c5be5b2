"""What was found: one line a check, and whether it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
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
    """Return whether nothing failed, and every name that was asked answered."""
    known = tuple(findings)
    unanswered = (one.check is Check.ANSWERS and one.verdict is not Verdict.PASS for one in known)
    return not any(one.verdict is Verdict.FAIL for one in known) and not any(unanswered)


def document(stack: str, tool: str, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return findings as plain values: the schema is docs/reference/verify.schema.json."""
    known = tuple(findings)
    return {
        "version": 1,
        "stack": stack,
        "tool": tool,
        "passed": passed(known),
        "checks": [asdict(one) for one in known],
    }


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
