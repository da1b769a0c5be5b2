"""A rendering: one stack as plain data, the contract between this code and the code of a base.

`render` writes it as `parts.json` beside one YAML file per object; a plan reads two of them.
Readers ignore fields they do not know; a change that older readers would misread raises `VERSION`.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import StringConstraints, TypeAdapter, ValidationError

from components.parts.part import Manifest
from documents.files import declared_bytes
from documents.foreign import foreign_yaml
from documents.problem import RefusedError
from documents.writer import to_yaml
from gitops.planning.printable import printable
from gitops.planning.rendering.served_record import ServedRecord

VERSION = 1
# Dollars and their parts, as far as any price goes: what is read here is computed with.
Dollars = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?$")]


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """One file of weights; `bytes` is an estimate unless `exact`."""

    path: str
    sha256: str
    bytes: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """One model of a pool: its facts, and its entry in LocalAI's model list.

    `files` are those on a claim; nodes pull the others in `images`.
    """

    name: str
    kind: str
    license: str
    files: tuple[FileRecord, ...]
    entry: dict[str, Any]
    images: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FitRecord:
    """Whether the active models fit, in bytes; `exact` is false where a size is an estimate."""

    verdict: str
    needed: int
    available: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class ScalingRecord:
    """What an autoscaler may do: fewest and most pods, its target in words, seconds to warm up.

    `gpus` are whole GPUs of the most pods, of `declared` in the stack; `least_price` is that of the
    fewest.
    """

    least: int
    most: int
    target: str
    warm_up: int
    startup: int
    gpus: int = 0
    declared: int | None = None
    least_price: Dollars | None = None


@dataclass(frozen=True, kw_only=True)
class ShareRecord:
    """How many pods share a GPU, and by what."""

    kind: str
    of: int


@dataclass(frozen=True, kw_only=True)
class PoolRecord:
    """One pool; `gpus` are of one pod, `price` is US dollars per hour for all of them, as text.

    Under an autoscaler `replicas` and `price` are those of the most pods.
    """

    name: str
    claim: str
    deployment: str
    replicas: int
    surge: int
    gpu: str | None
    gpus: int
    price: Dollars | None
    fit: FitRecord
    models: tuple[ModelRecord, ...]
    aliases: dict[str, str]
    scaling: ScalingRecord | None = None
    shared: ShareRecord | None = None
    split: tuple[int, ...] = ()
    device_class: str | None = None
    # Seconds that a new pod may take to be ready once its image is there; 0 if nobody wrote it.
    starting: int = 0
    # About how many bytes of engines each of its Jobs installs, by the Job's name.
    engines: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, kw_only=True)
class KeyRecord:
    """The API keys of a stack by name: the one that callers use, and all that servers accept."""

    callers: str
    accepted: tuple[str, ...]
    revoke: bool = False


@dataclass(frozen=True, kw_only=True)
class PartRecord:
    """One registration; `object` is in `file` where there is one, else here, without any secret."""

    urn: str
    name: str
    token: str
    parent: str | None
    depends_on: tuple[str, ...] = ()
    retain: bool = False
    timeout: int | None = None
    aliases: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    file: str | None = None
    object: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseRecord:
    """The release file of a stack: its digest, and those of its models by name."""

    digest: str
    models: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """One stack."""

    version: int
    stack: str
    namespace: str
    cluster: str
    delivery: str
    server: str
    adopt: bool
    abandon: tuple[str, ...]
    pools: tuple[PoolRecord, ...]
    parts: tuple[PartRecord, ...]
    # None in a rendering by code that did not know of it.
    keys: KeyRecord | None = None
    # What the cluster is bound by; None where any cluster passes.
    cluster_uid: str | None = None
    # None where a stack floats.
    release: ReleaseRecord | None = None
    served: tuple[ServedRecord, ...] = ()


INDEX = "parts.json"
# A thousand pools in one stack come nowhere near.
LARGEST_INDEX, LARGEST_OBJECT = 16 * 1024 * 1024, 4 * 1024 * 1024
_TOP = ("apiVersion", "kind", "metadata", "spec")
# By the key that holds them: what people look for first in a mapping, or in each item of a list.
_FIRST = {
    "metadata": ("name", "namespace", "labels", "annotations"),
    **dict.fromkeys(("containers", "initContainers"), ("name", "image", "command", "args")),
}
_NAMED = ("name",)
# Where the keys are somebody's own, their order is too.
_OWN = frozenset(("data", "stringData", "labels", "annotations", "valuesObject"))


class UnreadableRenderingError(Exception):
    """A folder holds no rendering that this version reads; the text says why."""


def files(rendering: Rendering) -> dict[str, str]:
    """Return the files of a rendering, by name: the same bytes for the same declaration."""
    contents = {
        part.file: manifest_yaml(part.object)
        for part in rendering.parts
        if part.file and part.object
    }
    index = replace(rendering, parts=tuple(_without_object(part) for part in rendering.parts))
    text = _form().dump_json(index, indent=1, exclude_defaults=True)
    contents[INDEX] = f"{text.decode()}\n"
    return contents


def manifest_yaml(manifest: Manifest) -> str:
    """Return an object as YAML, its keys in the order in which people read them."""
    known = {key: manifest[key] for key in _TOP if key in manifest}
    return to_yaml({key: _ordered(one, key) for key, one in {**known, **manifest}.items()})


def _ordered(value: Any, holder: str, first: tuple[str, ...] = ()) -> Any:
    # Exact classes: this runs a million times for a large stack.
    if value.__class__ is dict:
        if holder in _OWN:
            return value
        first = first or _FIRST.get(holder, ())
        known = {key: value[key] for key in first if key in value}
        return {key: _ordered(one, key) for key, one in {**known, **value}.items()}
    if value.__class__ is list or value.__class__ is tuple:
        first = _FIRST.get(holder, _NAMED)
        return [_ordered(one, "", first) for one in value]
    return value


def _without_object(part: PartRecord) -> PartRecord:
    return replace(part, object=None) if part.file else part


def read_folder(folder: Path) -> Rendering:
    """Return the rendering in a folder.

    Raises:
        UnreadableRenderingError: there is none, or it is of a version this code does not read.
    """
    try:
        text = declared_bytes(folder, INDEX, most=LARGEST_INDEX)
        version = _version(json.loads(text))
        if version != VERSION:
            raise UnreadableRenderingError(f"it is version {version}, this code reads {VERSION}")
        index = _form().validate_json(text)
        parts = tuple(_with_object(folder, part) for part in index.parts)
    except (RefusedError, RecursionError, ValueError, ValidationError) as error:
        raise UnreadableRenderingError(str(error).split("\n", maxsplit=1)[0]) from None
    return replace(index, parts=parts)


@cache
def _form() -> TypeAdapter[Rendering]:
    # It takes longer to make than to use.
    return TypeAdapter(Rendering)


@contextmanager
def other_form() -> Generator[None]:
    """Call a rendering unreadable whose objects lack what a comparison here relies on.

    Code of another commit made it, so that no list of what they lack would ever be whole.

    Raises:
        UnreadableRenderingError: whatever the comparison stumbled over.
    """
    try:
        yield
    except (
        ArithmeticError, AttributeError, LookupError, RecursionError, RefusedError, TypeError,
        ValueError,
    ) as error:  # fmt: skip
        said = printable(f"{type(error).__name__}: {error}")[:200]
        raise UnreadableRenderingError(
            f"its objects have another form than here, {said}"
        ) from error


def _version(index: Any) -> Any:
    return cast("dict[str, Any]", index).get("version") if isinstance(index, dict) else None


def _with_object(folder: Path, part: PartRecord) -> PartRecord:
    if part.file is None:
        return _named(part)
    if "/" in part.file or part.file.startswith("."):
        raise ValueError(f"{part.file} is not a plain file name")
    text = declared_bytes(folder, part.file, most=LARGEST_OBJECT)
    found = foreign_yaml(text, name=part.file)
    if len(found) != 1 or not isinstance(found[0], dict):
        raise ValueError(f"{part.file} is not one object")
    return _named(replace(part, object=cast("dict[str, Any]", found[0])))


def _named(part: PartRecord) -> PartRecord:
    metadata = (part.object or {}).get("metadata")
    said = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    if part.object and not all(
        isinstance(one, str) for one in (part.object.get("kind"), said.get("name"))
    ):
        raise ValueError(f"{part.name} is an object without a kind and a name")
    return part
