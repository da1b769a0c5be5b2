"""Tells by its content of which form a file is, and reads it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import yaml

from documents.foreign import foreign_json, foreign_yaml, hidden
from documents.problem import KeyPath, refusal
from gitops.adoption.entries import entries_in
from gitops.adoption.layouts.chart_values import is_values, values_layout
from gitops.adoption.layouts.compose import (
    compose_layout,
    is_run,
    is_variables,
    run_layout,
    variables_layout,
)
from gitops.adoption.layouts.layout import Layout, ServerDraft
from gitops.adoption.layouts.ollama import (
    is_list,
    is_modelfile,
    is_tags,
    list_layout,
    modelfile_layout,
    tags_layout,
)
from gitops.adoption.outdated import Outdated
from gitops.adoption.running import mapping, mappings

# What a person wrote by hand is shorter.
LARGEST = 4 * 1024 * 1024
_FORMS = (
    "a Compose file, values of the LocalAI chart, model entries or a list of them, a list of "
    "Ollama, a Modelfile, a docker run command, a list of variables, or manifests"
)


def read_layout(content: bytes, name: str) -> Layout:
    """Return what a file of any known form says; secrets in it are marks.

    Raises:
        RefusedError: it is too large, cannot be read, or is of no known form.
    """
    if content.lstrip()[:1] in (b"{", b"["):
        documents = (foreign_json(content, name=name, most=LARGEST),)
    else:
        text = _text(content, name)
        for is_form, layout in _TEXTS:
            if is_form(text):
                return layout(text, name)
        documents = foreign_yaml(content, name=name, most=LARGEST)
    found = [hidden(one) for one in documents]
    made = _of_documents(found, name)
    return replace(made, lines=lines_of(content, several=len(found) > 1))


def _text(content: bytes, name: str) -> str:
    if len(content) > LARGEST:
        raise refusal(name, f"is longer than {LARGEST} bytes", "give the part that declares models")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(name, "is not UTF-8", "save it as UTF-8") from None


_TEXTS: tuple[tuple[Callable[[str], bool], Callable[[str, str], Layout]], ...] = (
    (is_list, list_layout),
    (is_modelfile, modelfile_layout),
    (is_variables, lambda text, _: variables_layout(text)),
    (is_run, run_layout),
)


def _of_documents(documents: list[Any], name: str) -> Layout:
    first = mapping(documents[0] if documents else None)
    if any("kind" in mapping(one) or "apiVersion" in mapping(one) for one in documents) and not (
        mappings(first.get("models"))
    ):
        # A single one is looked through as it is, so that its lines are known.
        looked = documents[0] if len(documents) == 1 else documents
        return Layout(form="manifests", workloads=(), document=looked, manifests=documents)
    if isinstance(first.get("services"), dict):
        return compose_layout(first, name)
    if is_values(first):
        return values_layout(first, name)
    if is_tags(first):
        return tags_layout(first, name)
    return _of_entries(documents, name)


def _of_entries(documents: list[Any], name: str) -> Layout:
    entries = [entry for one in documents for entry in entries_in(name, one)]
    if not entries:
        cause = "holds no model, and is of no form that is known"
        raise refusal(name, cause, f"give {_FORMS}")
    first = mapping(documents[0] if documents else None)
    return Layout(
        form="models wrapper" if mappings(first.get("models")) else "model entries",
        workloads=(ServerDraft(kind="File", name="localai").manifest(),),
        entries=tuple(entries),
        document=documents[0] if len(documents) == 1 else documents,
        outdated=tuple(_wrapper(first)),
    )


def _wrapper(document: Mapping[str, Any]) -> list[Outdated]:
    """Return what is wrong with a list below `models:` by itself."""
    listed = mappings(document.get("models"))
    if not listed:
        return []
    cause = (
        "a list below `models:` is no format of LocalAI: the server sees one entry without a name, "
        "and serves none of them"
    )
    found = [Outdated(path=("models",), cause=cause, cure="a model file says each of them")]
    for index, one in enumerate(listed):
        path: KeyPath = ("models", index)
        if "url" in one:
            cause = "`url` is not a key of an entry: LocalAI fetches nothing from it"
            cure = "`weights.url` of a model file does"
            found.append(Outdated(path=(*path, "url"), cause=cause, cure=cure))
    return found


def lines_of(content: bytes, *, several: bool = False) -> Mapping[KeyPath, int]:
    """Return the line of each value of a YAML text by its path.

    Of several documents, a path begins with the number of its own, empty ones not counted. A text
    that cannot be read has no lines; the others take as long as they are, as no alias is followed.
    """
    found = _Lines(stack=[_Open(index=0)] if several else [])
    try:
        # The stub leaves the stream's type open.
        events = yaml.parse(content.decode("utf-8-sig"), Loader=yaml.CSafeLoader)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        for event in cast("Iterator[yaml.Event]", events):
            found.note(event)
    except (yaml.YAMLError, UnicodeDecodeError):
        pass
    return found.lines


@dataclass
class _Open:
    """A collection that has not ended: its path, and the next index, or the key that waits."""

    path: KeyPath = ()
    index: int | None = None
    key: str | None = None
    line: int = 0


@dataclass
class _Lines:
    """Notes the lines of values as the parser comes to them."""

    stack: list[_Open]
    lines: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])

    def note(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            line = event.start_mark.line + 1
            if self.stack and self.stack[-1].index is None and self.stack[-1].key is None:
                self.stack[-1].key, self.stack[-1].line = str(getattr(event, "value", "")), line
                return
            path = self.path(line)
            if isinstance(event, yaml.MappingStartEvent):
                self.stack.append(_Open(path=path))
            elif isinstance(event, yaml.SequenceStartEvent):
                self.stack.append(_Open(path=path, index=0))

    def path(self, line: int) -> KeyPath:
        """Return the path of the value that comes, and note its line."""
        if not self.stack:
            return ()
        top = self.stack[-1]
        if top.index is None:
            path, line = (*top.path, top.key or ""), top.line
            top.key = None
        else:
            path = (*top.path, top.index)
            top.index += 1
        self.lines.setdefault(path, line)
        return path
