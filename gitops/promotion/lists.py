"""The server, and the models and aliases of pools, in a stack file: comments and order stay."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import yaml

from documents.problem import RefusedError
from documents.reader import Document, read
from gitops.authoring.stack_file import Edit, applied, child, compose, replaced, scalar

_POOLS, _SERVER = "localai:pools", "localai:server"
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")


@dataclass(frozen=True, kw_only=True)
class Lists:
    """What one pool serves: its models in order, and other names of them."""

    models: tuple[str, ...]
    aliases: Mapping[str, str]


def with_lists(
    content: bytes, name: str, wanted: Mapping[str, Lists], version: str | None = None
) -> bytes:
    """Return the bytes of a valid stack file of other lists, and another server where one is given.

    Raises:
        RefusedError: it is written in a form in which a list cannot be edited.
    """
    document, text = read(content, name=name), content.decode("utf-8-sig")
    try:
        for pool, lists in wanted.items():
            text = _with_models(text, pool, lists.models)
            text = _with_aliases(text, pool, lists.aliases)
        text = _with_server(text, version) if version else text
        same = read(text.encode(), name=name).value == _value(document, wanted, version)
    except (RefusedError, yaml.YAMLError):
        same = False
    if not same:
        cause, cure = "are written in a form that cannot be edited", "write a line for each model"
        raise RefusedError([document.problem(("config", _POOLS), cause, cure)])
    return text.encode()


def _value(document: Document, wanted: Mapping[str, Lists], version: str | None) -> dict[str, Any]:
    config = dict(cast("dict[str, Any]", document.value["config"]))
    if version:
        config[_SERVER] = {**config[_SERVER], "version": version}
    pools: dict[str, Any] = dict(config[_POOLS])
    for name, lists in wanted.items():
        aliases = {"aliases": dict(lists.aliases)}
        more = aliases if lists.aliases or "aliases" in pools[name] else {}
        pools[name] = {**pools[name], "models": list(lists.models), **more}
    return {**document.value, "config": {**config, _POOLS: pools}}


def _with_server(text: str, version: str) -> str:
    node = _at(text, "config", _SERVER, "version")
    return text if node.value == version else applied(text, [replaced(node, version)])


def _at(text: str, *keys: str) -> yaml.Node:
    found: yaml.Node = compose(text)
    for key in keys:
        inner = child(found, key)
        if inner is None:
            raise yaml.YAMLError(key)
        found = inner
    return found


def _pool(text: str, name: str) -> yaml.MappingNode:
    found = _at(text, "config", _POOLS, name)
    if not isinstance(found, yaml.MappingNode):
        raise yaml.YAMLError(name)
    return found


def _pair(pool: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((key, value) for key, value in pool.value if key.value == name), None)


def _with_models(text: str, name: str, models: Sequence[str]) -> str:
    pair = _pair(_pool(text, name), "models")
    if pair is None or [one.value for one in pair[1].value] == list(models):
        return text
    key, node = pair
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return applied(text, [_block(text, key, node, models)])
    return applied(text, _flow(text, key, node, f"[{', '.join(map(scalar, models))}]"))


def _block(text: str, key: yaml.Node, node: yaml.SequenceNode, models: Sequence[str]) -> Edit:
    """Return the edit of a list of one line each: a line that stays takes its comments along."""
    start = at = _line_end(text, key.end_mark.index)
    leads: dict[str, str] = {}
    lines: dict[str, str] = {}
    orphans = ""
    for item in node.value:
        begin = _line_start(text, item.start_mark.index)
        lead, at, line = text[at:begin], *_line(text, begin, item.end_mark.index)
        if item.value in models:
            leads[item.value], lines[item.value] = orphans + lead, line
            orphans = ""
        else:
            orphans += lead
    first = node.value[0]
    mark = text[_line_start(text, first.start_mark.index) : first.start_mark.index]
    new = "".join(leads.get(one, "") + lines.get(one, f"{mark}{scalar(one)}\n") for one in models)
    return Edit(start=start, end=at, text=new + orphans)


def _line(text: str, begin: int, end: int) -> tuple[int, str]:
    """Return where the line that a value ends in is over, and all from its beginning to there."""
    over = _line_end(text, end)
    line = text[begin:over]
    return over, line if line.endswith("\n") else f"{line}\n"


def _flow(text: str, key: yaml.Node, node: yaml.Node, new: str) -> Iterator[Edit]:
    """Yield the edits of a list in brackets; comments inside of it go to lines above."""
    start, end = node.start_mark.index, node.end_mark.index
    above = _line_start(text, key.start_mark.index)
    indent = re.match(r"[ ]*", text[above:])
    lead = indent[0] if indent else ""
    comments = _COMMENT.findall(text[start:end])
    if comments:
        yield Edit(start=above, end=above, text="".join(f"{lead}{one}\n" for one in comments))
    yield Edit(start=start, end=end, text=new)


def _with_aliases(text: str, name: str, aliases: Mapping[str, str]) -> str:
    pool = _pool(text, name)
    pair = _pair(pool, "aliases")
    if pair is None:
        return _added(text, pool, aliases) if aliases else text
    key, node = pair
    if {one.value: target.value for one, target in node.value} == dict(aliases):
        return text
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return applied(text, _entries(text, key, node, aliases))
    return applied(text, _flow(text, key, node, _braces(aliases)))


def _entries(
    text: str, key: yaml.Node, node: yaml.MappingNode, aliases: Mapping[str, str]
) -> Iterator[Edit]:
    """Yield the edits of aliases of one line each."""
    known = {one.value for one, _ in node.value}
    for one, target in node.value:
        if one.value not in aliases:
            start = _line_start(text, one.start_mark.index)
            yield Edit(start=start, end=_line_end(text, target.end_mark.index), text="")
        elif target.value != aliases[one.value]:
            yield replaced(target, aliases[one.value])
    if not aliases:
        colon = text.index(":", key.end_mark.index) + 1
        yield Edit(start=colon, end=colon, text=" {}")
    first, last = node.value[0][0], node.value[-1][1]
    lead = text[_line_start(text, first.start_mark.index) : first.start_mark.index]
    new = "".join(f"{lead}{scalar(one)}: {scalar(target)}\n"
                  for one, target in aliases.items() if one not in known)  # fmt: skip
    if new:
        end = _line_end(text, last.end_mark.index)
        gap = "" if text[:end].endswith("\n") else "\n"
        yield Edit(start=end, end=end, text=gap + new)


def _added(text: str, pool: yaml.MappingNode, aliases: Mapping[str, str]) -> str:
    pair = _pair(pool, "models")
    if pair is None:
        return text
    key, node = pair
    if pool.flow_style:
        end = node.end_mark.index
        return applied(text, [Edit(start=end, end=end, text=f", aliases: {_braces(aliases)}")])
    # Above the models: where a list of lines ends, comments of the next key may begin.
    start = _line_start(text, key.start_mark.index)
    lead = text[start : key.start_mark.index]
    lines = "".join(f"{lead}  {scalar(one)}: {scalar(to)}\n" for one, to in aliases.items())
    return applied(text, [Edit(start=start, end=start, text=f"{lead}aliases:\n{lines}")])


def _braces(aliases: Mapping[str, str]) -> str:
    pairs = (f"{scalar(one)}: {scalar(target)}" for one, target in aliases.items())
    return f"{{{', '.join(pairs)}}}"


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1
