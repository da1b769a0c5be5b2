"""Sample stacks, pools and manifests: the only place where tests build them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from components.checks.resolve import resolve
from components.parts.context import Context
from components.parts.part import Manifest, Part
from components.pool.pool import Pool
from models.catalog import Catalog, read_catalog
from settings.config import SettingsError, contradictions
from settings.file import read_stack_file
from settings.stack.server import EngineSource
from settings.stack.stack import StackSettings
from stack import stack_parts
from tests.support.project import PROJECT, STACKS

ENGINE_SOURCES = tuple(EngineSource)
# The longest names a stack file may hold.
LONGEST_POOL = "p" * 32
LONGEST_NAMESPACE = "n" * 63
STACK = "test"

_SMALL_MODEL = "qwen3-0.6b"
KEY = {"secret": "keys", "key": "localai"}


@cache
def catalog() -> Catalog:
    """Return the model definitions of the tests' project."""
    return read_catalog(PROJECT)


def pool_fields(**fields: Any) -> dict[str, Any]:
    """Return the keys of a pool as in a stack file; many pods get a claim for many nodes."""
    most = max(fields.get("replicas", 1), fields.get("scaling", {}).get("max", 1))
    many = most > 1 or fields.get("surge", 0)
    storage = {"size": "100Gi", "access": "ReadWriteMany" if many else "ReadWriteOnce"}
    return {"models": [_SMALL_MODEL], "storage": storage, **fields}


def keys(pools: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Return the keys of a stack file with these pools and further keys."""
    return {
        "namespace": "localai-test",
        "cluster": "test",
        "server": {"version": "v4.9.0"},
        "pools": pools or {"chat": pool_fields()},
        **fields,
    }


def settings(pools: Mapping[str, Any] | None = None, **fields: Any) -> StackSettings:
    """Return the settings of a stack with these pools and further keys of a stack file."""
    found = StackSettings.model_validate(keys(pools, **fields))
    if problems := list(contradictions(found)):
        raise SettingsError(problems)
    return found


def config(pools: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, str]:
    """Return the same as the engine hands it to the program: text, or JSON text."""
    return {
        f"localai:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in keys(pools, **fields).items()
    }


def stack(
    pools: Mapping[str, Any] | None = None, **fields: Any
) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of a stack."""
    return resolve(STACK, settings(pools, **fields), catalog())


def rendered_stack(
    pools: Mapping[str, Any] | None = None, **fields: Any
) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of a stack that Argo CD applies."""
    return stack(pools, delivery="rendered", apiKey=KEY, **fields)


def context(**fields: Any) -> Context:
    """Return the context of a stack with these keys of a stack file."""
    return stack(**fields)[0]


def pool(name: str = "chat", stack_fields: Mapping[str, Any] | None = None, **fields: Any) -> Pool:
    """Return a pool with these keys of a pool, in a stack with those keys of a stack file."""
    _, (found,) = stack({name: pool_fields(**fields)}, **(stack_fields or {}))
    return found


@cache
def committed(name: str, engines: EngineSource | None = None) -> tuple[Context, tuple[Pool, ...]]:
    """Return a stack of the project, with its engines from elsewhere where a source is given."""
    values = read_stack_file(PROJECT, name).settings
    server = values.server.model_copy(update={"engines": engines or values.server.engines})
    return resolve(name, values.model_copy(update={"server": server}), catalog())


def committed_manifests() -> Iterator[Manifest]:
    """Yield every object of every stack of the project, with engines from either source."""
    for name in STACKS:
        for source in ENGINE_SOURCES:
            yield from manifests(stack_parts(*committed(name, source)))


def manifests(parts: tuple[Part, ...]) -> list[Manifest]:
    """Return the objects of parts."""
    return [part.manifest for part in parts if part.manifest is not None]


def of_kind(kind: str, *parts: Part) -> list[Manifest]:
    """Return the objects of one kind."""
    return [manifest for manifest in manifests(parts) if manifest["kind"] == kind]


def pods(found: Iterator[Manifest] | list[Manifest]) -> Iterator[dict[str, Any]]:
    """Yield the pod template of each object that has one."""
    for manifest in found:
        if manifest["kind"] in ("Deployment", "Job"):
            yield manifest["spec"]["template"]


def containers(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every container of a pod template, those that run first included."""
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def with_models(found: Pool, count: int, size: int) -> Pool:
    """Return a pool whose first model is listed `count` times with a name of `size` letters."""
    first = found.models[0]
    names = (f"{index:0{size}d}" for index in range(count))
    return replace(found, models=tuple(first.model_copy(update={"name": name}) for name in names))
