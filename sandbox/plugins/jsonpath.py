"""The small part of JSONPath that `pulumi.com/waitFor` needs.

Fields (`.status.phase`, `['a.b']`), positions (`[0]`), all elements (`[*]`) and equality filters
(`[?(@.type=="Ready")]`).
"""

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from sandbox.plugins.errors import PluginError

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
