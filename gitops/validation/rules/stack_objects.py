"""The objects of one stack, with what the engine is told about each, and who selects whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gitops.validation.rules.labels import Pod, PodIndex
from gitops.validation.rules.pods import pod_template
from gitops.validation.rules.values import at, fields


@dataclass(frozen=True, kw_only=True)
class StackObject:
    """One object; `retained` says whether the engine keeps it on delete, None where unknown."""

    manifest: Mapping[str, Any]
    retained: bool | None = False


@dataclass(frozen=True, kw_only=True)
class StackObjects:
    """Every object of a stack; `rendered` where Argo CD applies them, not the engine."""

    objects: tuple[StackObject, ...]
    rendered: bool = False

    def of_kind(self, *kinds: str) -> Iterator[Mapping[str, Any]]:
        """Yield the objects of some kinds."""
        return (one.manifest for one in self.objects if one.manifest.get("kind") in kinds)

    @cached_property
    def pods(self) -> PodIndex:
        """Return the pods that the objects start, by their labels."""
        return PodIndex(tuple(self._pods()))

    def _pods(self) -> Iterator[Pod]:
        for one in self.objects:
            template = pod_template(one.manifest)
            if template:
                yield Pod(
                    owner=one.manifest,
                    namespace=namespace(one.manifest),
                    labels=fields(at(template, "metadata", "labels")),
                )


def title(manifest: Mapping[str, Any]) -> str:
    """Return an object as findings name it: its kind and its name."""
    return f"{manifest.get('kind')} {at(manifest, 'metadata', 'name')}"


def namespace(manifest: Mapping[str, Any]) -> str:
    """Return the namespace of an object, empty where it names none."""
    return str(at(manifest, "metadata", "namespace") or "")
