"""Strict YAML: no duplicate keys, aliases, tags or scalars that libraries read differently."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml
from yaml.reader import ReaderError

from documents.files import declared_bytes
from documents.problem import KeyPath, Problem, RefusedError
from documents.scalar import AmbiguousScalarError, Scalar, resolve

Value = Scalar | list["Value"] | dict[str, "Value"]

# A ConfigMap holds 1 MiB; no file of ours comes near, and a larger one is an accident or an attack.
LARGEST_BYTES = 1024 * 1024
DEEPEST = 32
# Of keys and values; a stack of a thousand pools has half of them.
MOST_NODES = 60_000


@dataclass(frozen=True, kw_only=True)
class Document:
    """One YAML file: its mapping, and the line (from 1) on which each key path starts."""

    file: str
    value: dict[str, Value]
    lines: Mapping[KeyPath, int] = field(default_factory=dict[KeyPath, int])

    def line(self, path: KeyPath) -> int:
        """Return the line of a key path, or of its nearest parent that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def within(self, path: KeyPath) -> "Document":
        """Return the mapping at a key path as a document of its own, on the same lines."""
        value: Value = self.value
        for step in path:
            value = value.get(str(step), {}) if isinstance(value, dict) else {}
        depth = len(path)
        lines = {one[depth:]: line for one, line in self.lines.items() if one[:depth] == path}
        found = value if isinstance(value, dict) else {}
        return Document(file=self.file, value=found, lines=lines)

    def problem(self, path: KeyPath, cause: str, cure: str) -> Problem:
        """Return a problem at a key path of this file."""
        return self.placed(Problem(path=path, cause=cause, cure=cure))

    def placed(self, problem: Problem) -> Problem:
        """Return a problem of a key of this file, with the file, its line and its value."""
        value = self._scalar(problem.path)
        # A value may be a secret: one that the message leaves out is left out everywhere.
        said = value if value in problem.cause else ""
        return replace(problem, file=self.file, line=self.line(problem.path), value=said)

    def _scalar(self, path: KeyPath) -> str:
        at: Value = self.value
        for step in path:
            if isinstance(at, dict) and step in at:
                at = at[str(step)]
            elif isinstance(at, list) and isinstance(step, int) and step < len(at):
                at = at[step]
            else:
                return ""
        return "" if isinstance(at, dict | list) else str(at)


def read_file(folder: Path, name: str, /, *, floats: bool = False) -> Document:
    """Return the document in a file below a folder, called `name` in messages.

    Raises:
        RefusedError: the file cannot be read, or is not strict YAML.
    """
    return read(declared_bytes(folder, name, most=LARGEST_BYTES), name=name, floats=floats)


def read(content: bytes, *, name: str, floats: bool = False) -> Document:
    """Return the document in `content`; numbers with a point are read only where `floats` is set.

    Raises:
        RefusedError: it is too large, no UTF-8, no YAML, or not strict.
    """
    if len(content) > LARGEST_BYTES:
        raise _refused(name, 0, f"is longer than {LARGEST_BYTES} bytes", "keep it under that")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(name, line, "is not UTF-8", "save it as UTF-8 without a mark") from None
    if text.startswith("\ufeff"):
        raise _refused(name, 1, "starts with a byte order mark", "save it as UTF-8 without one")
    return _Builder(name, floats=floats).document(text)


def _refused(name: str, line: int, cause: str, cure: str) -> RefusedError:
    return RefusedError([Problem(file=name, path=(), cause=cause, cure=cure, line=line)])


class _Builder:
    """Builds values from parser events, so that depth and aliases are seen before they cost."""

    def __init__(self, name: str, *, floats: bool) -> None:
        self.name = name
        self.floats = floats
        self.lines: dict[KeyPath, int] = {}
        self.nodes = 0

    def document(self, text: str) -> Document:
        events = self.events(text)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                value = self.value(next(events), events, ())
                self.only_document(events)
                if not isinstance(value, dict):
                    raise self.error((), 1, "is not a mapping", "write `key: value` lines")
                return Document(file=self.name, value=value, lines=self.lines)
        raise _refused(self.name, 1, "is empty", "write `key: value` lines, or delete the file")

    def only_document(self, events: Iterator[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                line = event.start_mark.line + 1
                raise self.error((), line, "holds a second document", "keep one document a file")

    def events(self, text: str) -> Iterator[yaml.Event]:
        try:
            yield from _parse(text)
        except yaml.YAMLError as error:
            cause = getattr(error, "problem", None) or "it has a control character"
            line = _line_of(error, text)
            raise _refused(self.name, line, f"is not YAML: {cause}", "correct the line") from None

    def value(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Value:
        line = event.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self.error((), line, f"holds more than {MOST_NODES} values", "split it")
        if len(path) > DEEPEST:
            raise self.error(path, line, f"is nested deeper than {DEEPEST}", "flatten it")
        if getattr(event, "anchor", None):
            raise self.error(path, line, "uses a YAML anchor or alias", "write the value out")
        tag = getattr(event, "tag", None)
        if tag:
            raise self.error(path, line, f"has the YAML tag {tag:.80}", "leave the tag out")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        return self.mapping(events, path)

    def scalar(self, event: yaml.ScalarEvent, path: KeyPath) -> Scalar:
        if not event.implicit[0]:
            return event.value
        try:
            return resolve(event.value, floats=self.floats)
        except AmbiguousScalarError as error:
            raise self.error(path, event.start_mark.line + 1, error.cause, error.cure) from None

    def sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> list[Value]:
        values: list[Value] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.append(self.value(event, events, (*path, len(values))))
        return values

    def mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            name = self.key(event, path)
            if name in values:
                first = self.lines[(*path, name)]
                line = event.start_mark.line + 1
                cause = f"is given twice, first on line {first}"
                raise self.error((*path, name), line, cause, "delete one of the two")
            self.lines[(*path, name)] = event.start_mark.line + 1
            values[name] = self.value(next(events), events, (*path, name))
        return values

    def key(self, event: yaml.Event, path: KeyPath) -> str:
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
            raise self.error(path, line, "has a key that is not plain text", "use a text key")
        name = self.scalar(event, path)
        if not isinstance(name, str):
            cause = f"has the key {event.value!r}, which is not text"
            raise self.error(path, line, cause, f'quote it: "{event.value}"')
        return name

    def error(self, path: KeyPath, line: int, cause: str, cure: str) -> RefusedError:
        return RefusedError([Problem(file=self.name, path=path, cause=cause, cure=cure, line=line)])


def _parse(text: str) -> Iterator[yaml.Event]:
    # The stub leaves the stream's type open.
    return yaml.parse(text, Loader=yaml.CSafeLoader)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _line_of(error: yaml.YAMLError, text: str) -> int:
    if isinstance(error, ReaderError):
        return text.encode()[: error.position].count(b"\n") + 1
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return int(getattr(mark, "line", -1)) + 1
