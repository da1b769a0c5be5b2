"""Keys of a mapping in a stack file, written in place: comments, order and other keys stay."""

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

import yaml

from documents.problem import RefusedError
from documents.reader import Document, read
from documents.writer import to_yaml
from gitops.authoring.stack_file import Edit, applied, child, compose, scalar

KEY = "localai:servedModels"
Entry = Mapping[str, Any]


def with_entries(
    content: bytes, name: str, entries: Mapping[str, Entry], gone: Collection[str] = ()
) -> bytes:
    """Return the bytes of a valid stack file whose served models have these keys, less some.

    Of an entry that is there, keys that are not given stay; of its metrics none does.

    Raises:
        RefusedError: the file is written in a form in which they cannot be edited.
    """
    document, text = read(content, name=name), content.decode("utf-8-sig")
    try:
        for label in gone:
            text = _without(text, ("config", KEY), label)
        for label, entry in entries.items():
            text = _with(text, ("config", KEY), label, entry)
        found = read(text.encode(), name=name).value
    except (RefusedError, yaml.YAMLError):
        found = None
    if found != _value(document, entries, gone):
        cause = "is written in a form that cannot be edited"
        path = ("config", KEY) if KEY in cast("dict[str, Any]", document.value["config"]) else ()
        cure = "write a line for each key of a served model, without anchors"
        raise RefusedError([document.problem(path, cause, cure)])
    return text.encode()


def _value(
    document: Document, entries: Mapping[str, Entry], gone: Collection[str]
) -> dict[str, Any]:
    config = dict(cast("dict[str, Any]", document.value["config"]))
    old: dict[str, Any] = config.get(KEY) or {}
    served = {label: one for label, one in old.items() if label not in gone}
    for label, entry in entries.items():
        served[label] = {**served.get(label, {}), **entry}
    if served or KEY in config:
        config[KEY] = served
    return {**document.value, "config": config}


def _with(text: str, path: tuple[str, ...], key: str, value: Any) -> str:
    """Return a text in which a key of a mapping, which may be missing, has a value."""
    parent = _at(text, path)
    if parent is None:
        return _with(text, path[:-1], path[-1], {key: value})
    found = child(parent, key)
    if found is None:
        return _added(text, parent, key, value)
    if not isinstance(value, Mapping):
        new = _leaf(value)
        return applied(text, [Edit(start=_start(found), end=_end(found), text=new)])
    known = cast("Mapping[str, Any]", value)
    if not isinstance(found, yaml.MappingNode) or not found.value:
        return applied(text, [Edit(start=_start(found), end=_end(found), text=_flow(known))])
    for inner, one in known.items():
        text = _with(text, (*path, key), inner, one)
    old = [one.value for one, _ in found.value] if key == "metrics" else []
    for inner in old:
        text = text if inner in known else _without(text, (*path, key), inner)
    return text


def _without(text: str, path: tuple[str, ...], key: str) -> str:
    """Return a text without a key of a mapping."""
    parent = _at(text, path)
    pairs: list[tuple[yaml.Node, yaml.Node]] = parent.value if parent else []
    place = next((index for index, pair in enumerate(pairs) if pair[0].value == key), None)
    if parent is None or place is None:
        return text
    first, last = pairs[place]
    if isinstance(parent, yaml.MappingNode) and parent.flow_style:
        if len(pairs) == 1:
            edit = Edit(start=_start(parent), end=_end(parent), text="{}")
        elif place:
            edit = Edit(start=_end(pairs[place - 1][1]), end=_end(last), text="")
        else:
            edit = Edit(start=_start(first), end=_start(pairs[1][0]), text="")
        return applied(text, [edit])
    start = _line_start(text, _start(first))
    edits = [Edit(start=start, end=_line_end(text, _end(last)), text="")]
    if len(pairs) == 1:
        colon = _colon(text, path)
        edits.append(Edit(start=colon, end=colon, text=" {}"))
    return applied(text, edits)


def _colon(text: str, path: tuple[str, ...]) -> int:
    """Return where the value of a key may begin."""
    above = _at(text, path[:-1])
    pairs: list[tuple[yaml.Node, yaml.Node]] = above.value if above else []
    key = next(one for one, _ in pairs if one.value == path[-1])
    return text.index(":", _end(key)) + 1


def _added(text: str, parent: yaml.Node, key: str, value: Any) -> str:
    pairs: list[tuple[yaml.Node, yaml.Node]] = parent.value
    if not isinstance(parent, yaml.MappingNode) or parent.flow_style or not pairs:
        written = _flow({key: value})[1:-1]
        if not pairs:
            edit = Edit(start=_start(parent), end=_end(parent), text=f"{{{written}}}")
        else:
            end = _end(pairs[-1][1])
            edit = Edit(start=end, end=end, text=f", {written}")
        return applied(text, [edit])
    first, last = pairs[0][0], pairs[-1][1]
    lead = text[_line_start(text, _start(first)) : _start(first)]
    body = re.sub("^(?=.)", lead, to_yaml({key: value}), flags=re.MULTILINE)
    end = _line_end(text, _end(last))
    gap = "" if text[:end].endswith("\n") else "\n"
    return applied(text, [Edit(start=end, end=end, text=gap + body)])


def _at(text: str, path: tuple[str, ...]) -> yaml.Node | None:
    found: yaml.Node | None = compose(text)
    for key in path:
        found = child(found, key) if found else None
    return found


def _start(node: yaml.Node) -> int:
    return node.start_mark.index


def _end(node: yaml.Node) -> int:
    """Return where a value ends; a block ends, for the parser, only where the next key begins."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    return node.end_mark.index


def _flow(value: Mapping[str, Any]) -> str:
    return f"{{{', '.join(f'{scalar(key)}: {_leaf(one)}' for key, one in value.items())}}}"


def _leaf(value: Any) -> str:
    if isinstance(value, Mapping):
        return _flow(cast("Mapping[str, Any]", value))
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_leaf, cast('list[Any]', value)))}]"
    return scalar(value) if isinstance(value, str) else to_yaml({"a": value})[3:-1]


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    # A text of several lines ends behind its last line break.
    if index and text[index - 1] == "\n":
        return index
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1
