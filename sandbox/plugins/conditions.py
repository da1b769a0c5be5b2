"""The annotation `pulumi.com/waitFor`: conditions a live object must meet, and their JSONPath.

Of JSONPath: fields (`.status.phase`, `['a.b']`), positions (`[0]`), all elements (`[*]`) and
equality filters (`[?(@.type=="Ready")]`).
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, cast

from sandbox.plugins.properties import Properties
from sandbox.plugins.standin import PluginError

_STEP: Final = re.compile(
    r"""\.(?P<field>[\w-]+)
      | \[(?P<index>-?\d+)\]
      | (?P<every>\[\*\])
      | \[['"](?P<quoted>[^'"]+)['"]\]
      | \[\?\(?\s*@\.(?P<key>[\w.-]+)\s*==\s*['"](?P<text>[^'"]*)['"]\s*\)?\]""",
    re.VERBOSE,
)


class JsonPathError(PluginError):
    """An expression is outside the supported part of JSONPath."""


def values(expression: str, document: Any) -> list[Any]:
    """Return what an expression such as `{.status.phase}` selects, in order; maybe nothing."""
    text = expression.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    found, position = [document], 0
    while position < len(text):
        step = _STEP.match(text, position)
        if not step:
            raise JsonPathError(f"cannot read {expression!r} from {text[position:]!r} on")
        found = [result for value in found for result in _selected(value, step)]
        position = step.end()
    return found


def _selected(value: Any, step: re.Match[str]) -> Iterator[Any]:
    field = step["field"] or step["quoted"]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        if field and field in items:
            yield items[field]
        elif step["every"]:
            yield from items.values()
    elif isinstance(value, list):
        yield from _elements(cast("list[Any]", value), step)


def _elements(items: list[Any], step: re.Match[str]) -> Iterator[Any]:
    if step["every"]:
        yield from items
    elif step["index"] is not None:
        index = int(step["index"])
        yield from items[index:][:1]
    elif step["key"]:
        yield from (item for item in items if step["text"] in values(f".{step['key']}", item))


class WaitForError(PluginError):
    """The annotation is neither `jsonpath=...`, `condition=...` nor a JSON list of those."""


def expressions(annotation: str) -> list[str]:
    """Return the single conditions of an annotation; raises `WaitForError`."""
    if not annotation.lstrip().startswith("["):
        found = [annotation]
    else:
        try:
            found = cast("list[str]", json.loads(annotation))
        except ValueError as error:
            raise WaitForError(f"pulumi.com/waitFor is not a JSON list: {error}") from error
    wrong = [text for text in found if not text.startswith(("jsonpath=", "condition="))]
    if wrong:
        raise WaitForError(f"pulumi.com/waitFor must be jsonpath= or condition=, not {wrong[0]!r}")
    return found


def met(expression: str, live: Properties) -> bool:
    """Whether a live object meets one condition."""
    form, _, rest = expression.partition("=")
    if form == "condition":
        kind, _, wanted = rest.partition("=")
        return condition(live, kind).get("status", "").lower() == (wanted or "True").lower()
    path, _, wanted = _split(rest)
    found = values(path, live)
    return any(_text(value) == wanted for value in found) if wanted else bool(found)


def condition(live: Properties, kind: str) -> Properties:
    """Return one entry of `status.conditions` by type, empty when it is absent."""
    entries = cast("list[Properties]", live.get("status", {}).get("conditions") or [])
    nothing: Properties = {}
    return next((entry for entry in entries if entry.get("type") == kind), nothing)


def _split(expression: str) -> tuple[str, str, str]:
    """Split `{path}=value`; equal signs inside the braces belong to the path."""
    if not expression.startswith("{"):
        return expression.partition("=")
    path, brace, rest = expression.partition("}")
    return path + brace, "=", rest.removeprefix("=")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
