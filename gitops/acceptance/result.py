"""What was found at a stack as a whole: findings, the figures behind them, and what asked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from proof.finding import Finding, passed


class Kind(StrEnum):
    """What was done to a stack."""

    SMOKE = "smoke"
    LOAD = "load"
    EVALUATE = "evaluate"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was found at a stack.

    `figures` are plain values, one for each name that was loaded or evaluated, and `details` how
    each of them went, by time or by question, which no evidence holds; `tools` are versions.
    """

    findings: tuple[Finding, ...]
    kind: Kind = Kind.SMOKE
    figures: tuple[Mapping[str, Any], ...] = ()
    details: tuple[Sequence[Mapping[str, Any]], ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict[str, str])


_DETAILS = {Kind.LOAD: "course", Kind.EVALUATE: "answers"}


def document(stack: str, tool: str, result: Result) -> dict[str, Any]:
    """Return a result as plain values: the schema is docs/reference/verify.schema.json."""
    figures = {}
    if key := _DETAILS.get(result.kind):
        pairs = zip(result.figures, result.details, strict=True)
        figures = {result.kind.value: [{**one, key: list(detail)} for one, detail in pairs]}
    return {
        "version": 2,
        "kind": result.kind.value,
        "stack": stack,
        "tool": tool,
        "passed": passed(result.findings),
        "checks": [asdict(one) for one in result.findings],
        **figures,
    }
