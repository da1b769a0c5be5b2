"""A part: what one registration with the engine needs, whether or not an engine is there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from components.parts.kinds import KINDS, token_of

Manifest = Mapping[str, Any]


class KubernetesObject(Protocol):
    """A typed object of the Kubernetes API; its field names are those of the manifest."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set."""
        ...


@dataclass(frozen=True, kw_only=True)
class SecretSource:
    """Where a Secret's value comes from at run time: the `result` of another part."""

    part: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the engine is told with the object; `timeout` is in seconds, whatever it does to it.

    `ignored` are fields that others write once it is made.
    """

    retain: bool = False
    timeout: int | None = None
    aliases: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    secret: SecretSource | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One registration: logical name, type token, parent, object or inputs, dependencies, options.

    `parent` is the name of a component, `depends_on` holds names of components and of other parts.
    """

    name: str
    token: str
    parent: str | None = None
    manifest: Manifest | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    depends_on: tuple[str, ...] = ()
    options: Options = Options()


PLAIN = Options()


def plain(thing: KubernetesObject) -> dict[str, Any]:
    """Return a typed object as plain values."""
    return thing.to_dict()


def object_part(name: str, thing: KubernetesObject, options: Options = PLAIN) -> Part:
    """Return the part that registers a Kubernetes object."""
    manifest = plain(thing)
    return Part(
        name=name,
        token=token_of(manifest["apiVersion"], manifest["kind"]),
        manifest=manifest,
        options=options,
    )


def ordered(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the parts of a component; what makes pods waits for what they take in, if before it."""
    taken: list[str] = []
    for part in parts:
        row = KINDS[part.manifest["kind"]] if part.manifest else None
        yield replace(part, depends_on=tuple(taken)) if row and row.pods else part
        if row and row.is_taken_in:
            taken.append(part.name)


def content_part(name: str, thing: KubernetesObject, options: Options = PLAIN) -> Part:
    """Return the part that registers an object named by its content.

    Another content is another part, not a replacement: after an update that failed half way, both
    are there, and going back to the old content creates nothing that already exists.
    """
    part = object_part(name, thing, options)
    digits = cast("Manifest", part.manifest)["metadata"]["name"].rpartition("-")[2]
    return replace(part, name=f"{name}-{digits}")


def name_of(thing: KubernetesObject) -> str:
    return cast("str", plain(thing)["metadata"]["name"])
