"""A remark: what happens to one thing of the running LocalAI, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What happens to a thing: the order is that of a report."""

    FAULT = "fault"
    OPEN = "not known"
    LOST = "not expressible"
    CHANGED = "changed by the first up"
    KEPT = "taken over"


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing: where it stands, what happens to it, and the cure where there is one."""

    fate: Fate
    subject: str
    text: str
    cure: str = ""

    def __str__(self) -> str:
        tail = f"; {self.cure}" if self.cure else ""
        return f"{self.subject}: {self.text}{tail}"


def kept(subject: str, text: str) -> Remark:
    """Return the remark on a thing that stays as it is."""
    return Remark(fate=Fate.KEPT, subject=subject, text=text)


def changed(subject: str, text: str, cure: str = "") -> Remark:
    """Return the remark on a thing that the first `up` makes different."""
    return Remark(fate=Fate.CHANGED, subject=subject, text=text, cure=cure)


def lost(subject: str, text: str, cure: str = "") -> Remark:
    """Return the remark on a thing that a stack file cannot say."""
    return Remark(fate=Fate.LOST, subject=subject, text=text, cure=cure)


def unknown(subject: str, text: str, cure: str) -> Remark:
    """Return the remark on a fact that the cluster does not tell."""
    return Remark(fate=Fate.OPEN, subject=subject, text=text, cure=cure)


def fault(subject: str, text: str, cure: str) -> Remark:
    """Return the remark on a thing that is wrong today."""
    return Remark(fate=Fate.FAULT, subject=subject, text=text, cure=cure)
