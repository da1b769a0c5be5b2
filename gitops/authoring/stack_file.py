"""A new stack out of one that is there: the same text, but for what only one stack may have."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import yaml

from documents.problem import Problem, RefusedError
from documents.reader import read, read_file
from documents.writer import to_yaml
from gitops.planning.checkout import Declared, clashes, render_file
from gitops.planning.project import FILE
from gitops.validation.judgement import Judgement, judgement
from models.catalog import Catalog
from settings.file import ENGINE_KEYS, stack_file, stack_names


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the new stack is called, and what differs where it is said."""

    stack: str
    source: str
    namespace: str | None = None
    cluster: str | None = None
    host: str | None = None


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A part of a text, by its first and last offset, and what takes its place."""

    start: int
    end: int
    text: str


def copied(text: str, wanted: Wanted) -> str:
    """Return the text of a valid stack file for another stack; comments and order stay.

    Raises:
        RefusedError: a host is wanted, and there is none to replace.
    """
    top = compose(text)
    config = _value(top, "config")
    edits = [*_engine_edits(text, top), *_cluster_edits(text, config, wanted)]
    found = _value(config, "localai:namespace")
    edits.append(replaced(found, wanted.namespace or _namespace(str(found.value), wanted)))
    exposure = child(config, "localai:exposure")
    host = child(exposure, "host") if exposure else None
    if wanted.host and not host:
        cause = f"is given, but stack {wanted.source} has no host"
        cure = "leave it out, and add `localai:exposure` to the new file"
        raise RefusedError([Problem(file="--host", path=(), cause=cause, cure=cure)])
    if host:
        edits.append(replaced(host, wanted.host or _renamed(str(host.value), wanted)))
    return applied(text, edits)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits, none of which reaches into another."""
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _namespace(found: str, wanted: Wanted) -> str:
    renamed = _renamed(found, wanted)
    if renamed != found or wanted.cluster:
        return renamed
    return f"{found}-{wanted.stack}"


def _renamed(text: str, wanted: Wanted) -> str:
    """Return a name in which the new stack stands for the old one, as a word of its own."""
    return re.sub(rf"(?<![a-z0-9]){re.escape(wanted.source)}(?![a-z0-9])", wanted.stack, text)


def _engine_edits(text: str, top: yaml.MappingNode) -> Iterator[Edit]:
    # Another stack has another salt, and nothing of ours is encrypted with it.
    for key, value in top.value:
        if key.value in ENGINE_KEYS:
            yield _whole_lines(text, key, value)


def _cluster_edits(text: str, config: yaml.Node, wanted: Wanted) -> Iterator[Edit]:
    cluster = _value(config, "localai:cluster")
    if wanted.cluster is None:
        return
    if isinstance(cluster, yaml.ScalarNode):
        yield replaced(cluster, wanted.cluster)
        return
    name = _value(cluster, "name")
    if name.value == wanted.cluster:
        return
    if isinstance(cluster, yaml.MappingNode) and cluster.flow_style:
        yield replaced(cluster, wanted.cluster)
        return
    yield replaced(name, wanted.cluster)
    # The UID is that of the other cluster.
    for key, value in cluster.value:
        if key.value == "uid":
            yield _whole_lines(text, key, value)


def compose(text: str) -> yaml.MappingNode:
    """Return the nodes of a file that was read; each says where in the text it is."""
    # The stub leaves the stream's type open; a file that was read is a mapping.
    return cast("yaml.MappingNode", yaml.compose(text, Loader=yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]


def child(node: yaml.Node, name: str) -> yaml.Node | None:
    """Return what stands at a key of a mapping; None where it has no such key."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)


def _value(node: yaml.Node, name: str) -> yaml.Node:
    found = child(node, name)
    if found is None:
        raise KeyError(name)
    return found


def replaced(node: yaml.Node, text: str) -> Edit:
    """Return the edit that makes a scalar another text."""
    return Edit(start=node.start_mark.index, end=node.end_mark.index, text=scalar(text))


def scalar(text: str) -> str:
    """Return a text as YAML has it on one line."""
    written = to_yaml({"a": text}).removeprefix("a: ").removesuffix("\n")
    return json.dumps(text) if "\n" in written else written


def _whole_lines(text: str, key: yaml.Node, value: yaml.Node) -> Edit:
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    end = text.find("\n", value.end_mark.index)
    return Edit(start=start, end=len(text) if end < 0 else end + 1, text="")


def checked(root: Path, stack: str, text: str, catalog: Catalog, today: date) -> Judgement:
    """Return what `check` says of a stack file that is not there yet.

    Raises:
        RefusedError: it is not valid, by itself or because of another stack.
    """
    file = stack_file(stack, read(text.encode(), name=f"Pulumi.{stack}.yaml"))
    rendering = render_file(file, catalog)
    if problems := list(clashes(root, [file])):
        raise RefusedError(problems)
    declared = Declared(
        project=read_file(root, FILE), catalog=catalog, files=(file,), renderings=(rendering,),
        alone={stack, *stack_names(root)} == {stack},
    )  # fmt: skip
    return judgement(declared, today)
