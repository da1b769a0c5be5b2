"""A declaration: a component of a stack, declared once and read by the engine and by every tool."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from components.engine.component import Component, provider_part
from components.parts.delivery import delivered
from components.parts.part import Manifest, Part, ordered
from documents.problem import Problem
from settings.config import SettingsError, in_config
from settings.stack.delivery import Delivery
from settings.stack.stack import StackSettings


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One component: its class, its name, its args, and the names of components it waits for."""

    component: type[Component[Any]]
    name: str
    args: Any
    depends_on: tuple[str, ...] = ()


Args = TypeVar("Args")


def declare(
    component: type[Component[Args]], name: str, args: Args, *, after: Iterable[str] = ()
) -> Declaration:
    """Return the declaration of a component whose args are of the type that it takes."""
    return Declaration(component=component, name=name, args=args, depends_on=tuple(after))


def applied(declarations: Iterable[Declaration], settings: StackSettings) -> tuple[Part, ...]:
    """Return every part of a stack as whoever applies it gets it."""
    parts, delivery = parts_of(declarations), settings.delivery
    provider = (provider_part(settings),) if delivery is Delivery.OPERATOR else ()
    return (*provider, *delivered(parts, delivery))


def parts_of(declarations: Iterable[Declaration]) -> tuple[Part, ...]:
    """Return every part of a stack: each component, then what it is made of.

    Raises:
        SettingsError: two of them have one name.
    """
    parts: dict[str, Part] = {}
    objects: dict[tuple[str, ...], str] = {}
    for declaration in declarations:
        for part in _parts(declaration):
            if part.name in parts:
                raise _twice(f"two parts are named {part.name}", "rename the pool or chart")
            parts[part.name] = part
            if part.manifest:
                _take_place(part, part.manifest, objects)
    return tuple(parts.values())


def _take_place(part: Part, manifest: Manifest, objects: dict[tuple[str, ...], str]) -> None:
    metadata = manifest["metadata"]
    place = (manifest["kind"], metadata.get("namespace", ""), metadata["name"])
    if place in objects:
        cause = f"{objects[place]} and {part.name} would be one {place[0]}, {place[2]}"
        raise _twice(cause, "rename the pool, address or chart")
    objects[place] = part.name


def _twice(cause: str, cure: str) -> SettingsError:
    return SettingsError(in_config([Problem(path=("pools",), cause=cause, cure=cure)]))


def _parts(declaration: Declaration) -> Iterable[Part]:
    component, name = declaration.component, declaration.name
    wait_for = declaration.depends_on
    yield Part(name=name, token=component.token, depends_on=wait_for)
    for part in ordered(component.parts(name, declaration.args)):
        yield replace(part, parent=name, depends_on=(*wait_for, *part.depends_on))


def urns(parts: Iterable[Part], *, project: str, stack: str) -> Mapping[str, str]:
    """Return the URN of each part by its name, as the engine composes it."""
    known = {part.name: part for part in parts}
    return {
        name: f"urn:pulumi:{stack}::{project}::{_type_chain(part, known)}::{name}"
        for name, part in known.items()
    }


def _type_chain(part: Part, known: Mapping[str, Part]) -> str:
    return f"{known[part.parent].token}${part.token}" if part.parent else part.token
