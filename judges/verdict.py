"""What one judge says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter

from documents.validation import Strict


class JudgeError(Exception):
    """A judge could not be had or did not answer; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a judge finds wrong: by which check, where, and in what."""

    check: str
    place: str
    detail: str

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.place}: {self.detail} [{self.check}]"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a judge saw, in words, and what it found there; or why it could not look."""

    judge: str
    seen: str
    findings: tuple[Finding, ...] = ()
    skipped: str = ""


FILE = Path(__file__).parent / "suppressions.yaml"
# More would be another opinion of what is right, not an exception from it.
MOST = 3


class Suppression(Strict):
    """Checks of one judge that do not count, and why."""

    checks: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    reason: Annotated[str, Field(min_length=20)]


Suppressions = Mapping[str, tuple[Suppression, ...]]
_FORM: TypeAdapter[Suppressions] = TypeAdapter(
    dict[str, Annotated[tuple[Suppression, ...], Field(max_length=MOST, strict=False)]]
)


def read_suppressions(text: str) -> Suppressions:
    """Return the suppressions by judge.

    Raises:
        ValidationError: an entry has no reason, or a judge has too many.
    """
    return _FORM.validate_python(yaml.safe_load(text))


def suppressed(verdict: Verdict, known: Suppressions) -> Verdict:
    """Return a verdict without what is suppressed, and with suppressions that nothing needs."""
    checks = [check for one in known.get(verdict.judge, ()) for check in one.checks]
    found = {one.check for one in verdict.findings}
    kept = [one for one in verdict.findings if one.check not in checks]
    idle = () if verdict.skipped else (_idle(one) for one in checks if one not in found)
    seen = f"{verdict.seen}, {len(checks)} checks suppressed" if checks else verdict.seen
    return replace(verdict, seen=seen, findings=(*kept, *idle))


def _idle(check: str) -> Finding:
    return Finding(check=check, place=FILE.name, detail="suppresses nothing; delete it")
