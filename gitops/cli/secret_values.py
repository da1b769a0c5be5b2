"""The values of Secrets: from a file, from a program of the person's own, or typed unseen."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from documents.problem import Problem, RefusedError
from documents.reader import read_file
from gitops.adapters.process import MissingProgramError, Run
from gitops.cluster.bootstrap import problem
from gitops.cluster.layout import ClusterObjects
from gitops.cluster.secrets import Needed

_FORM = "write `namespace/secret: {key: value}`, with every value in quotes"
# A prompt takes one line.
_OF_LINES = frozenset({"sshPrivateKey"})
_HOLES = ("{namespace}", "{secret}", "{key}")


@dataclass(frozen=True, kw_only=True)
class Values:
    """Where values come from, and those that are known, by namespace and name of their Secret."""

    root: Path
    run: Run
    file: Path | None = None
    command: str | None = None
    prompt: Callable[[str], str] | None = None
    known: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def fill(
        self,
        cluster: ClusterObjects,
        missing: Iterable[Needed],
        there: Mapping[str, frozenset[str]],
        *,
        ask: bool,
    ) -> list[Problem]:
        """Find a value for every key that is missing, and return those that have none."""
        given = self._file()
        wrong: list[Problem] = []
        for one in missing:
            values = self.known.setdefault(one.place, {})
            keys = sorted(one.keys - there.get(one.place, frozenset()))
            for key in keys:
                value = given.get(one.place, {}).get(key) or self._found(one, key, ask=ask)
                if value:
                    values[key] = value
                elif ask or not self._asks(key):
                    wrong.append(_missing(cluster, one, key))
            if not one.keys and one.place not in there:
                wrong.append(_missing(cluster, one, ""))
        return wrong

    def hidden(self, text: str) -> str:
        """Return a text without any value."""
        for values in self.known.values():
            for value in sorted(values.values(), key=len, reverse=True):
                text = text.replace(value, "REDACTED")
        return text

    def _found(self, one: Needed, key: str, *, ask: bool) -> str:
        if self.command:
            return self._told(one, key) if ask else "to be asked for"
        asks = self._asks(key)
        return asks(f"{one.namespace}/{one.name}, key {key}") if asks and ask else ""

    def _asks(self, key: str) -> Callable[[str], str] | None:
        return None if key in _OF_LINES else self.prompt

    def _told(self, one: Needed, key: str) -> str:
        """Return what the program prints for one key; a last line break is none of it."""
        words = [_filled(word, one, key) for word in shlex.split(self.command or "")]
        try:
            done = self.run(words, self.root)
        except MissingProgramError as error:
            wrong = Problem(file="--secrets-from", path=(), cause=error.cause, cure=error.cure)
            raise RefusedError([wrong]) from None
        return "" if done.code else done.output.decode().removesuffix("\n")

    def _file(self) -> Mapping[str, Mapping[str, str]]:
        if self.file is None:
            return {}
        path = self.file.resolve()
        if path.is_relative_to(self.root.resolve()):
            cause = "is in the checkout, where it could be committed"
            raise _refused(self.file, cause, "keep it elsewhere")
        try:
            document = read_file(path.parent, path.name)
        except RefusedError as error:
            # What the reader says of a value would quote it.
            line = error.problems[0].line
            cause, cure = "cannot be read as plain YAML", f"{_FORM}; look at line {line or 1}"
            raise _refused(self.file, cause, cure) from None
        return dict(_checked(self.file, document.value))


def _filled(word: str, one: Needed, key: str) -> str:
    for hole, value in zip(_HOLES, (one.namespace, one.name, key), strict=True):
        word = word.replace(hole, value)
    return word


def _checked(file: Path, value: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the keys of each Secret; what is wrong is told without what stands there."""
    for place, keys in value.items():
        if not isinstance(keys, dict) or place.count("/") != 1:
            raise _refused(file, "is not a mapping of Secrets to their keys", _FORM)
        known = cast("Mapping[str, Any]", keys)
        if not all(isinstance(one, str) for one in known.values()):
            raise _refused(file, f"has a value of {place} that is not a text", _FORM)
        yield place, known


def _refused(file: Path, cause: str, cure: str) -> RefusedError:
    return RefusedError([Problem(file=str(file), path=(), cause=cause, cure=cure)])


def _missing(cluster: ClusterObjects, one: Needed, key: str) -> Problem:
    what = f"the key {key} of the Secret {one.name}" if key else f"the Secret {one.name}"
    cause = f"needs {what} in the namespace {one.namespace}, which is not there"
    cure = "create it, or give its value with --secrets or --secrets-from"
    return problem(cluster, (), cause, cure if key else "create it")
