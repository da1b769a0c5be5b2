"""How the engine writes the path of a field, in the spelling of a plan."""

import re
from collections.abc import Mapping
from typing import Any, cast

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')


def named_path(path: str, content: Mapping[str, Any]) -> str:
    """Return a path such as `spec.containers[0].env[1].value` with names: `[localai]`, `[HOME]`.

    `content` is the object that the path leads through. A key in quotes becomes an ordinary one.
    """
    words, place = "", cast("Any", content)
    for quoted, index, key in _STEP.findall(path):
        if index:
            place = _item(place, int(index))
            words += f"[{_name(place) or index}]"
        else:
            place = cast("dict[str, Any]", place).get(quoted or key) if _is_map(place) else None
            words += f".{quoted or key}"
    return words.removeprefix(".")


def _item(place: Any, index: int) -> Any:
    items = cast("list[Any]", place) if isinstance(place, list) else []
    return items[index] if index < len(items) else None


def _name(item: Any) -> str:
    known = cast("dict[str, Any]", item) if _is_map(item) else {}
    name = known.get("name", known.get("path"))
    return name if isinstance(name, str) else ""


def _is_map(place: Any) -> bool:
    return isinstance(place, dict)
