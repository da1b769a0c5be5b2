"""A registration: one RegisterResource request of a program, decoded as the engine reads it.

Field names and marks are those of the engine's protocol (pulumi/resource.proto,
sdk/go/common/resource/properties.go).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import resource_pb2

STACK = "pulumi:pulumi:Stack"
MARK = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
# What a program reads is no registration, so nothing in the parts stands for it.
READ = "urn:pulumi:test::localai::kubernetes:core/v1:Namespace::kube-system"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A value that the program told the engine to keep secret."""

    value: Any


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A value that a preview cannot know."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One RegisterResource request; `timeouts` are the engine's texts by operation."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Mapping[str, Any]
    dependencies: frozenset[str]
    retain: bool
    aliases: tuple[str, ...]
    timeouts: Mapping[str, str]
    provider: str
    # Where in the program it stands, the innermost line first; another in each installation.
    places: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a program did: its registrations, without the stack itself, and its outputs."""

    registrations: tuple[Registration, ...]
    outputs: Mapping[str, Any]
    # Those that components register, by their logical names.
    component_outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Any])

    def named(self, name: str) -> Registration:
        """Return the one registration of a logical name."""
        (found,) = (one for one in self.registrations if one.name == name)
        return found


def registration(urn: str, request: resource_pb2.RegisterResourceRequest) -> Registration:
    """Return what a request asks for."""
    timeouts = MessageToDict(request.customTimeouts)
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent.split("::")[3] if f"::{STACK}::" not in request.parent else "",
        custom=request.custom,
        inputs=plain(request.object),
        dependencies=frozenset(request.dependencies) - {READ},
        retain=request.retainOnDelete,
        aliases=tuple(_alias(alias) for alias in MessageToDict(request).get("aliases", ())),
        timeouts={verb: str(text) for verb, text in timeouts.items()},
        provider=request.provider.rsplit("::", 1)[0],
        places=tuple(
            str(frame["pc"]["uri"])
            for frame in MessageToDict(request).get("stackTrace", {}).get("frames", ())
            if "pc" in frame
        ),
    )


def _alias(alias: dict[str, Any]) -> str:
    """Return the URN that was, or the type where the classes of a kind only give that."""
    return str(alias["urn"] if "urn" in alias else alias["spec"]["type"])


def plain(message: Any) -> dict[str, Any]:
    """Return the properties in a message as plain values; secret and unknown ones stay marked."""
    return cast("dict[str, Any]", _decoded(MessageToDict(message)))


def _decoded(value: Any) -> Any:
    if value == _UNKNOWN:
        return Unknown()
    if isinstance(value, list):
        return [_decoded(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    items = cast("dict[str, Any]", value)
    with suppress(KeyError):
        if items[MARK] == SECRET:
            return Secret(value=_decoded(items["value"]))
    return {name: _decoded(item) for name, item in items.items()}
