"""Reads YAML and JSON that others wrote, as most libraries do, but bounded before it costs.

`documents.reader` refuses whatever libraries read differently; here it is read, since it is not
ours to write. Size, depth and values are bounded; what an alias stands for counts each time.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn, cast

import yaml

from documents.problem import Problem, RefusedError
from documents.shown import without_secrets

# What `kubectl get … --output json` may print of a namespace, and one file or key of a ConfigMap.
LARGEST_LIST, LARGEST_TEXT = 32 * 1024 * 1024, 4 * 1024 * 1024
DEEPEST = 64
MOST_NODES, MOST_YAML_NODES = 500_000, 100_000
# A longer plain scalar is text to us: no number that anybody means has so many digits.
_LONGEST_NUMBER = 32
_TAGS = "tag:yaml.org,2002:"
# The stub leaves the kind of its answer open.
_RESOLVE = cast("Callable[..., object]", cast("Any", yaml.resolver.Resolver()).resolve)
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def foreign_json(content: bytes, *, name: str, most: int = LARGEST_LIST) -> Any:
    """Return the value of a JSON text, called `name` in messages.

    Raises:
        RefusedError: it is too large, too deep, no JSON, or gives a key twice.
    """
    _bounded(content, name, most)
    # Counted before it is read: an empty mapping takes thirty times the memory of its two letters.
    if sum(map(_TEXT.sub(b"", content).count, (b",", b"{", b"["))) > MOST_NODES:
        _refuse(name, 0, f"holds more than {MOST_NODES} values", "ask for less of it")
    try:
        found = json.loads(
            _decoded(content, name), object_pairs_hook=_object, parse_constant=_number,
            parse_float=_number, parse_int=_number,
        )  # fmt: skip
    except RecursionError:
        _refuse(name, 0, f"is nested deeper than {DEEPEST}", "ask for less of it")
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        cause = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        _refuse(name, line, f"is not JSON: {cause}", "write it anew")
    if _depth(found) > DEEPEST:
        _refuse(name, 0, f"is nested deeper than {DEEPEST}", "ask for less of it")
    return _each_text(found, _whole) if _HALF.search(content) else found


def foreign_yaml(content: bytes, *, name: str, most: int = LARGEST_TEXT) -> tuple[Any, ...]:
    """Return the documents of a YAML text, called `name` in messages, without empty ones.

    Raises:
        RefusedError: it is too large, too deep, no YAML, gives a key twice, or has a tag.
    """
    _bounded(content, name, most)
    return tuple(_Builder(name).documents(_decoded(content, name)))


def hidden(value: Any) -> Any:
    """Return a value that was read here with a mark in place of each secret in its texts."""
    return _each_text(value, without_secrets)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        known = cast("dict[Any, Any]", value)
        return {_each_text(key, change): _each_text(one, change) for key, one in known.items()}
    if isinstance(value, list):
        return [_each_text(one, change) for one in cast("list[Any]", value)]
    return value


def _whole(text: str) -> str:
    # Half of a pair of characters, which JSON can say and no file can hold.
    return text.encode("utf-8", "replace").decode()


def _bounded(content: bytes, name: str, most: int) -> None:
    if len(content) > most:
        _refuse(name, 0, f"is longer than {most} bytes", "ask for less of it")


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        _refuse(name, line, "is not UTF-8", "save it as UTF-8")


def _refuse(name: str, line: int, cause: str, cure: str) -> NoReturn:
    raise RefusedError([Problem(file=name, path=(), cause=cause, cure=cure, line=line)])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it gives a key twice")
    return found


def _number(text: str) -> int | float:
    if len(text) <= _LONGEST_NUMBER:
        found = float(text) if set(text) & set(".eEnN") else int(text)
        if isfinite(found):
            return found
    raise ValueError(f"it holds the number {text:.40}")


def _depth(value: Any) -> int:
    level, deepest = [value], 0
    while level and deepest <= DEEPEST:
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += cast("dict[Any, Any]", one).values()
            elif isinstance(one, list):
                below += cast("list[Any]", one)
        level, deepest = below, deepest + 1
    return deepest


@dataclass(frozen=True)
class _Node:
    """A value, how many values it holds in all, and how deep it is."""

    value: Any
    size: int = 1
    depth: int = 0


@dataclass
class _Builder:
    """Builds values from parser events, so that depth and aliases are seen before they cost."""

    name: str
    anchors: dict[str, _Node] = field(default_factory=dict[str, _Node])
    size: int = 0
    line: int = 0

    def documents(self, text: str) -> Iterator[Any]:
        events = self.events(text)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()
                value = self.node(next(events), events, 0).value
                if value is not None:
                    yield value

    def events(self, text: str) -> Iterator[yaml.Event]:
        try:
            for event in _parse(text):
                self.line = event.start_mark.line + 1
                yield event
        except yaml.YAMLError as error:
            cause = getattr(error, "problem", None) or "it has a control character"
            self.refuse(f"is not YAML: {cause}")

    def refuse(self, cause: str, cure: str = "correct it where it comes from") -> NoReturn:
        _refuse(self.name, self.line, cause, cure)

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> _Node:
        if isinstance(event, yaml.AliasEvent):
            found = self.anchors.get(event.anchor)
            if found is None:
                self.refuse(f"is not YAML: the alias {event.anchor:.60} leads nowhere")
        else:
            found = self.made(event, events, depth)
            if anchor := getattr(event, "anchor", None):
                self.anchors[anchor] = found
        self.size += found.size if isinstance(event, yaml.AliasEvent) else 1
        if self.size > MOST_YAML_NODES:
            self.refuse(f"holds more than {MOST_YAML_NODES} values")
        if depth + found.depth > DEEPEST:
            self.refuse(f"is nested deeper than {DEEPEST}")
        return found

    def made(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> _Node:
        if depth > DEEPEST:
            self.refuse(f"is nested deeper than {DEEPEST}")
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.ScalarEvent):
            return _Node(self.scalar(event, tag))
        if tag not in (None, "!", f"{_TAGS}map", f"{_TAGS}seq"):
            self.refuse(f"has the YAML tag {tag:.60}")
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, depth)
        return self.mapping(events, depth)

    def scalar(self, event: yaml.ScalarEvent, tag: str | None) -> Any:
        if event.implicit[0]:
            return resolved(event.value)
        if tag in (None, "!", f"{_TAGS}str") or event.implicit[1]:
            return event.value
        found = resolved(event.value)
        if tag != f"{_TAGS}{_kind(found)}":
            self.refuse(f"has the YAML tag {tag:.60}")
        return found

    def sequence(self, events: Iterator[yaml.Event], depth: int) -> _Node:
        nodes: list[_Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            nodes.append(self.node(event, events, depth + 1))
        return _Node([one.value for one in nodes], *_measures(nodes))

    def mapping(self, events: Iterator[yaml.Event], depth: int) -> _Node:
        values: dict[Any, Any] = {}
        nodes: list[_Node] = []
        merged: dict[Any, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key, value = (
                self.node(event, events, depth + 1),
                self.node(next(events), events, depth + 1),
            )
            nodes += (key, value)
            if key.value == "<<" and getattr(event, "implicit", (False,))[0]:
                merged = {**self.merge(value.value), **merged}
            elif isinstance(key.value, dict | list):
                self.refuse("has a key that is not plain")
            elif key.value in values:
                self.refuse(f"gives the key {key.value!r:.60} twice")
            else:
                values[key.value] = value.value
        return _Node({**merged, **values}, *_measures(nodes))

    def merge(self, value: Any) -> dict[Any, Any]:
        several = cast("list[Any]", value) if isinstance(value, list) else [value]
        found: dict[Any, Any] = {}
        for one in reversed(several):
            if not isinstance(one, dict):
                self.refuse("merges what is not a mapping")
            found |= cast("dict[Any, Any]", one)
        return found


def _measures(nodes: list[_Node]) -> tuple[int, int]:
    return 1 + sum(one.size for one in nodes), 1 + max((one.depth for one in nodes), default=0)


def _parse(text: str) -> Iterator[yaml.Event]:
    # The stub leaves the stream's type open.
    return yaml.parse(text, Loader=yaml.CSafeLoader)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


_INTEGER = re.compile(r"[-+]?(?:0b[01]+|0o?[0-7]+|0x[0-9a-fA-F]+|[0-9]+)\Z")


def resolved(text: str) -> Any:
    """Return the value of a plain scalar as readers of YAML 1.1 take it; a date is its text."""
    tag = _tag(text)
    if tag == "bool":
        return _BOOLEANS[text.lower()]
    if tag == "null":
        return None
    plain = text.replace("_", "").lower()
    if tag == "int" and _INTEGER.match(plain):
        return _integer(plain)
    if tag == "float" and ":" not in plain:
        found = float(plain) if "inf" not in plain and "nan" not in plain else float("nan")
        return found if isfinite(found) else text
    return text


def _integer(plain: str) -> int:
    sign, digits = (-1 if plain[0] == "-" else 1), plain.lstrip("+-")
    base = {"0b": 2, "0x": 16, "0o": 8}.get(digits[:2], 8 if digits[0] == "0" else 10)
    try:
        return sign * int(digits.removeprefix("0o") or "0", base)
    except ValueError:
        return sign * int(digits)


def _tag(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        return "str"
    return str(_RESOLVE(yaml.ScalarNode, text, (True, False))).removeprefix(_TAGS)
