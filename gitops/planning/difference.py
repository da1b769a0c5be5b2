"""The difference of two plain values, field by field."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from documents.foreign import foreign_yaml
from documents.problem import RefusedError
from documents.shown import MARK, is_secret_field, is_secret_variable
from gitops.planning.printable import printable

_LONGEST = 120
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field: its path, what it was and what it becomes; None where it is not there."""

    path: str
    old: Any
    new: Any

    def __str__(self) -> str:
        """Return the change on one line, long values cut, whole items by their name only."""
        path = without_digests(printable(self.path))
        if self.path.endswith("]") and isinstance(self.old or self.new, dict):
            if self.old is None:
                return f"{path}: added"
            if self.new is None:
                return f"{path}: removed"
        old, new = _both(_text(self.old), _text(self.new))
        return f"{path}: {old} -> {new}"

    @property
    def is_echo(self) -> bool:
        """Return whether only digests differ, which follow from another field's change."""
        return without_digests(str(self.old)) == without_digests(str(self.new))


def telling(fields: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
    """Return the fields worth reading: names and references by content only repeat the others."""
    return tuple(field for field in fields if not _is_echo(field)) or fields


def _is_echo(field: FieldChange) -> bool:
    by_content = field.path == "metadata.name" or field.path.endswith("configMap.name")
    return by_content or field.is_echo


def without_digests(text: str) -> str:
    """Return a text whose sha256 digests are a mark: 64 digits tell a reader nothing."""
    return _DIGEST.sub("…", text)


def _text(value: Any) -> str:
    """Return a value as JSON has it, which is how a manifest would be read; text as it is."""
    if value is None:
        return "(none)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return without_digests(printable(text))


def _both(old: str, new: str) -> tuple[str, str]:
    """Return two texts cut to where they differ: what long ones share at both ends says nothing."""
    start = next(
        (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    return _around(old, start), _around(new, start)


def _around(text: str, start: int) -> str:
    if len(text) <= _LONGEST:
        return text
    first = max(0, min(start - _LONGEST // 4, len(text) - _LONGEST))
    cut = text[first : first + _LONGEST]
    return f"{'…' if first else ''}{cut}{'…' if first + _LONGEST < len(text) else ''}"


def differences(old: Any, new: Any, path: str = "") -> Iterator[FieldChange]:
    """Yield each field that differs, deepest first found; lists of one length by position.

    A list whose items have names or paths (containers, models) is compared by them, and a text that
    is a YAML or JSON document by its fields.
    """
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mappings(cast("dict[str, Any]", old), cast("dict[str, Any]", new), path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(cast("list[Any]", old), cast("list[Any]", new), path)
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old and "\n" in new:
        yield from _texts(old, new, path)
    else:
        yield FieldChange(path=path, old=old, new=new)


def _texts(old: str, new: str, path: str) -> Iterator[FieldChange]:
    before, after = _parsed(old), _parsed(new)
    if before != after and isinstance(before, dict | list) and isinstance(after, dict | list):
        yield from differences(before, after, path)
    else:
        # No documents, or the same one in other characters.
        yield FieldChange(path=path, old=old, new=new)


def _parsed(text: str) -> Any:
    """Return the structure in a text of several lines, such as a file in a ConfigMap."""
    try:
        found = foreign_yaml(text.encode("utf-8", "replace"), name="text")
    except RefusedError:
        return None
    return found[0] if len(found) == 1 else None


def _mappings(old: dict[str, Any], new: dict[str, Any], path: str) -> Iterator[FieldChange]:
    for key in [*old, *(key for key in new if key not in old)]:
        yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)


def _lists(old: list[Any], new: list[Any], path: str) -> Iterator[FieldChange]:
    if _named(old) and _named(new):
        olds, news = _by_name(old), _by_name(new)
        if list(olds) == list(news) or set(olds) != set(news):
            yield from _items(olds, news, path)
            return
    if len(old) == len(new) and not _plain(old) and not _plain(new):
        yield from _items(dict(enumerate(old)), dict(enumerate(new)), path)
        return
    yield FieldChange(path=path, old=old, new=new)


def _items(old: dict[Any, Any], new: dict[Any, Any], path: str) -> Iterator[FieldChange]:
    for key in [*old, *(key for key in new if key not in old)]:
        yield from differences(old.get(key), new.get(key), f"{path}[{key}]")


def _plain(values: list[Any]) -> bool:
    return not any(isinstance(value, dict | list) for value in values)


def _named(values: list[Any]) -> bool:
    names = [_name(value) for value in values]
    return "" not in names and len(set(names)) == len(names)


def _name(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    item = cast("dict[str, Any]", value)
    name = item.get("name", item.get("path"))
    return name if isinstance(name, str) else ""


def _by_name(values: list[Any]) -> dict[str, Any]:
    return {_name(value): value for value in values}


def hidden(change: FieldChange) -> FieldChange:
    """Return a change without the values that are named like secrets: a plan outlives its push."""
    names = tuple(filter(None, _STEP.split(change.path)))
    old, new = (_hidden(one, names) for one in (change.old, change.new))
    # It still is a change where nothing else differs.
    same = old == new and change.old != change.new
    return FieldChange(path=change.path, old=old, new=f"{MARK}, changed" if same else new)


# The steps of a path: `spec.containers[server].env[TOKEN].value`.
_STEP = re.compile(r"[.\[\]]+")


def _hidden(value: Any, names: tuple[str, ...]) -> Any:
    """Return a value as it may be shown; `names` are the keys that lead to it."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        named = (str(fields["name"]),) if "name" in fields else ()
        return {key: _hidden(one, (*named, key)) for key, one in fields.items()}
    if isinstance(value, list):
        return [_hidden(one, names[-1:]) for one in cast("list[Any]", value)]
    # A variable's `value` goes by the name of the variable.
    *_, owner, name = ("", "", *names)
    secret = is_secret_field(name, value)
    if name == "value":
        secret = is_secret_variable(owner, value) or is_secret_field(owner, value)
    return MARK if secret else value
