"""The annotation `pulumi.com/waitFor`: one or more conditions a live object must meet."""

import json
from typing import Any, cast

from sandbox.plugins import jsonpath
from sandbox.plugins.errors import PluginError
from sandbox.plugins.properties import Properties


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
    found = jsonpath.values(path, live)
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
