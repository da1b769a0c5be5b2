"""What `check` found as one table, and its writers for programs: JSON, annotations, SARIF."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from documents.problem import Problem, key
from documents.shown import shown

# Of the SARIF specification, where its schema is published.
SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# What a file says against its own form, which has no rule with a name.
UNNAMED = "declaration-is-valid"


class Level(StrEnum):
    """What follows from a row: it refuses, it is told, or a waiver took it away."""

    ERROR = "error"
    NOTE = "note"
    WAIVED = "waived"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that was found; `line` is 0, and a text empty, where there is none.

    `object` is what is wrong where it is not a key: an object, a pool or a model. `text` is the
    whole as people read it.
    """

    level: Level
    text: str
    file: str = ""
    line: int = 0
    key: str = ""
    value: str = ""
    stack: str = ""
    object: str = ""
    cause: str
    cure: str
    rule: str


def problem_row(problem: Problem, *, waived: bool = False) -> Row:
    """Return the row of a problem; where no key decides it, its file is the stack's."""
    own = f"Pulumi.{problem.stack}.yaml" if problem.stack else problem.object
    level = Level.ERROR if problem.refuses else Level.NOTE
    return Row(
        level=Level.WAIVED if waived else level,
        text=str(problem),
        file=problem.file or own,
        line=problem.line,
        key=key(problem.path),
        value=problem.value,
        stack=problem.stack,
        object=problem.object,
        cause=problem.cause,
        cure=problem.cure,
        rule=problem.rule or UNNAMED,
    )


def document(rows: Iterable[Row], stacks: Sequence[str], sources: int | None) -> dict[str, Any]:
    """Return the table as JSON, by level; `sources` is how many were asked."""
    by_level: dict[Level, list[dict[str, Any]]] = {level: [] for level in Level}
    for row in rows:
        by_level[row.level].append({**asdict(row), "line": row.line or None})
    return {
        "version": 2,
        "stacks": stacks,
        "sources": sources,
        "problems": by_level[Level.ERROR],
        "notes": by_level[Level.NOTE],
        "waived": by_level[Level.WAIVED],
    }


# Workflow commands of GitHub Actions: in a message a percent sign and line breaks are escaped, in a
# property the signs that end it as well.
_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}
_COMMANDS = {Level.ERROR: "error", Level.NOTE: "notice"}


def annotations(rows: Iterable[Row], folder: str) -> Iterator[str]:
    """Yield the table as workflow commands that annotate files, named from the repository's top."""
    for row in rows:
        if command := _COMMANDS.get(row.level):
            where = {"file": _path(row, folder), "line": row.line, "title": row.rule}
            told = (
                f"{name}={_escaped(str(one), _IN_PROPERTY)}" for name, one in where.items() if one
            )
            yield f"::{command} {','.join(told)}::{_escaped(row.text, _IN_MESSAGE)}"
        else:
            yield f"{row.level}: {row.text}"


def _escaped(text: str, signs: Mapping[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)


def _path(row: Row, folder: str) -> str:
    return f"{folder}/{row.file}" if folder and row.file else row.file


def sarif(rows: Sequence[Row], folder: str) -> dict[str, Any]:
    """Return the table as a log of SARIF 2.1.0, whose addresses start at the repository's top."""
    rules = list(dict.fromkeys(row.rule for row in rows))
    driver = {"name": "localai-gitops", "rules": [{"id": rule} for rule in rules]}
    results = [_result(row, rules.index(row.rule), folder) for row in rows]
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _result(row: Row, index: int, folder: str) -> dict[str, Any]:
    at = row.key or row.object
    result: dict[str, Any] = {
        "ruleId": row.rule,
        "ruleIndex": index,
        "level": "error" if row.level is Level.ERROR else "note",
        "message": {"text": shown(f"{at}: " * bool(at) + f"{row.cause}; {row.cure}")},
    }
    if row.file:
        # A file that is wrong as a whole is wrong from its first line on.
        place = {
            "artifactLocation": {"uri": quote(_path(row, folder))},
            "region": {"startLine": row.line or 1},
        }
        result["locations"] = [{"physicalLocation": place}]
    if row.level is Level.WAIVED:
        result["suppressions"] = [{"kind": "inSource"}]
    return result
