"""The page that lists every key of a stack, model, cluster or suite file, with its meaning."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gitops.validation.schemas.files import (
    cluster_schema,
    evaluation_schema,
    gpu_schema,
    model_schema,
    release_schema,
    stack_schema,
)
from hardware.profile import GIB, GpuProfile
from hardware.profiles import PROFILES

_TITLE = """\
# Settings

Written by `python -m gitops.validation.reference`. In a file, an unknown key, a wrong type or a
value out of range refuses."""

# More values than that are listed elsewhere on these pages.
_MOST_VALUES = 20


def settings_page() -> str:
    stack, model, cluster = stack_schema(), model_schema(), cluster_schema()
    gpu = gpu_schema()
    suite, release = evaluation_schema(), release_schema()
    parts = [
        _TITLE,
        _text("## Pulumi.<stack>.yaml"),
        *_tables(stack["properties"]["config"], stack["$defs"]),
        _text("## models/<name>.yaml"),
        *_tables(model, model["$defs"]),
        _text("## gpus/<name>.yaml"),
        *_tables(gpu, gpu["$defs"]),
        _text("## clusters/<name>/cluster.yaml"),
        *_tables(cluster, cluster["$defs"], told=stack["$defs"]),
        _text("## releases/<stack>.yaml"),
        *_tables(release, {"Definition": {}, "ServedVersion": release["$defs"]["ServedVersion"]}),
        _text("## evaluations/<name>.yaml"),
        *_tables(suite, suite["$defs"]),
        "## Built-in GPU profiles",
        _rows(
            ("Profile", "Memory of one GPU", "List price per hour"), map(_gpu, PROFILES.values())
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _gpu(profile: GpuProfile) -> tuple[str, ...]:
    price = profile.price
    listed = f"${price.dollars_per_hour} ({price.source})" if price else "not listed"
    memory = f"{profile.memory / GIB:.1f} GiB" if profile.memory else "`gpuMemory`"
    return f"`{profile.name}`", memory, listed


def _tables(
    top: Mapping[str, Any], classes: Mapping[str, Any], told: Iterable[str] = ()
) -> Iterable[str]:
    """Yield a table for a file and for each of its classes, but for those told already."""
    yield from (_text(top["description"]), _table(top, classes))
    for name, one in classes.items():
        if one.get("type") == "object" and name not in told:
            yield from (f"### {name}", _text(one["description"]), _table(one, classes))


def _table(one: Mapping[str, Any], classes: Mapping[str, Any]) -> str:
    needed = one.get("required", ())
    keys = one["properties"].items()
    rows = (
        (f"`{key}`", type_words(field, classes), _default(key, field, needed), _meaning(field))
        for key, field in keys
    )
    return _rows(("Key", "Type", "Default", "Meaning"), rows)


def _default(key: str, field: Mapping[str, Any], needed: Iterable[str]) -> str:
    if key in needed:
        return "required"
    default = field.get("default")
    return "" if default in (None, [], {}, "") else f"`{json.dumps(default)}`"


def _meaning(field: Mapping[str, Any]) -> str:
    return field.get("description", "")


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(_text(cell) for cell in line)} |" for line in lines)


def _text(text: str) -> str:
    """Return text in which Markdown sees neither HTML nor a new cell; code stays as it is."""
    pieces = text.split("`")
    pieces[::2] = [piece.replace("<", "&lt;").replace("|", "&#124;") for piece in pieces[::2]]
    return "`".join(pieces)


def type_words(field: Mapping[str, Any], classes: Mapping[str, Any]) -> str:
    """Return the type of a field in words; a class of the page is a link to its table."""
    name = field.get("$ref", "").rsplit("/", 1)[-1]
    if name and classes[name].get("type") == "object":
        return f"[{name}](#{name.lower()})"
    if name:
        return type_words(classes[name], classes)
    if len(field.get("enum", ())) > _MOST_VALUES:
        return field.get("title", "one of a list")
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(type_words(one, classes) for one in field["anyOf"])
    return _plain_words(field, classes)


def _plain_words(field: Mapping[str, Any], classes: Mapping[str, Any]) -> str:
    match field.get("type"):
        case "array":
            return f"list of {type_words(field['items'], classes)}"
        case "object":
            names = type_words(field.get("propertyNames", {"type": "string"}), classes)
            return f"mapping of {names} to {type_words(field['additionalProperties'], classes)}"
        case "integer" | "number":
            kind = "whole number" if field["type"] == "integer" else "number"
            return kind + _range(field)
        case "boolean":
            return "true or false"
        case "string" | None if field:
            return field.get("title", "text")
        case _:
            return "anything"


def _range(field: Mapping[str, Any]) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    if least is None:
        return ""
    return f" from {least}" if most is None else f", {least} to {most}"
