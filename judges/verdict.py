"""What one judge says."""

from dataclasses import dataclass


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
