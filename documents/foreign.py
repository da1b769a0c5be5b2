"""Reads YAML and JSON that others wrote, as most libraries do, but bounded before it costs.

`documents.reader` refuses whatever libraries read differently; here it is read, since it is not
ours to write. Size, depth and values are bounded; what an alias stands for counts each time.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn, cast

import yaml

from documents.problem import Problem, RefusedError
from documents.shown import without_secrets
from proof.bounded_json import (
    DEEPEST,
    LARGEST,
    LONGEST_NUMBER,
    TextError,
    bounded_json,
    check_size,
    decoded,
    each_text,
)

# What kubectl may print of a namespace, and one file or key of a ConfigMap.
LARGEST_LIST, LARGEST_TEXT = LARGEST, 4 * 1024 * 1024
MOST_YAML_NODES = 100_000
_TAGS = "tag:yaml.org,2002:"
# The stub leaves the kind of its answer open.
_RESOLVE = cast("Callable[..., object]", cast("Any", yaml.resolver.Resolver()).resolve)
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def foreign_json(content: bytes, *, name: str, most: int = LARGEST_LIST) -> Any:
    """Return the value of a JSON text, called `name` in messages.

    Raises:
        RefusedError: it is too large, too deep, no JSON, or gives a key twice.
    """
    with _told(name):
        return bounded_json(content, most)


def foreign_yaml(content: bytes, *, name: str, most: int = LARGEST_TEXT) -> tuple[Any, ...]:
    """Return the documents of a YAML text, called `name` in messages, without empty ones.

    Raises:
        RefusedError: it is too large, too deep, no YAML, gives a key twice, or has a tag.
    """
    with _told(name):
        check_size(content, most)
        text = decoded(content)
    return tuple(_Builder(name).documents(text))


def hidden(value: Any) -> Any:
    """Return a value that was read here with a mark in place of each secret in its texts."""
    return each_text(value, without_secrets)


@contextmanager
def _told(name: str) -> Generator[None]:
    try:
        yield
    except TextError as error:
        # Without a line it is wrong as a whole, and may be a file as well as an answer.
        cure = error.cure if error.line else "make it anew, with less in it"
        _refuse(name, error.line, error.cause, cure)


def _refuse(name: str, line: int, cause: str, cure: str) -> NoReturn:
    raise RefusedError([Problem(file=name, path=(), cause=cause, cure=cure, line=line)])


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
    # A longer plain scalar is text to us.
    if len(text) > LONGEST_NUMBER:
        return "str"
    return str(_RESOLVE(yaml.ScalarNode, text, (True, False))).removeprefix(_TAGS)
