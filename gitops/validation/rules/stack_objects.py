"""The objects of one stack, what the engine is told about each, and who selects whom."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gitops.validation.rules.pods import at, entries, fields, pod_template, words

_Label = tuple[str, str, Any]


@dataclass(frozen=True, kw_only=True)
class Pod:
    """The labels of the pods that one object starts."""

    owner: Mapping[str, Any]
    namespace: str
    labels: Mapping[str, Any]


@dataclass(frozen=True)
class PodIndex:
    """Pods, found by any one of their labels."""

    pods: tuple[Pod, ...]

    def selected(self, namespace: str, selector: Any) -> list[Pod]:
        """Return the pods of a namespace that a LabelSelector selects; an empty one selects all."""
        wanted = fields(fields(selector).get("matchLabels")).items()
        some = [self._by_label.get((namespace, *label), []) for label in wanted]
        nearest = min(some, key=len, default=self._by_namespace.get(namespace, []))
        return [pod for pod in nearest if matches(selector, pod.labels)]

    @cached_property
    def _by_namespace(self) -> Mapping[str, list[Pod]]:
        found: dict[str, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            found[pod.namespace].append(pod)
        return found

    @cached_property
    def _by_label(self) -> Mapping[_Label, list[Pod]]:
        found: dict[_Label, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            for key, value in pod.labels.items():
                found[pod.namespace, key, value].append(pod)
        return found


def matches(selector: Any, labels: Mapping[str, Any]) -> bool:
    """Return whether a LabelSelector selects something with these labels."""
    wanted = fields(fields(selector).get("matchLabels"))
    expressions = entries(fields(selector).get("matchExpressions"))
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(fields(one), labels) for one in expressions
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    value = labels.get(str(expression.get("key")))
    match expression.get("operator"):
        case "In":
            return value in words(expression.get("values"))
        case "NotIn":
            return value not in words(expression.get("values"))
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case _:
            return False


def label_names(selector: Any) -> Iterator[tuple[str, str]]:
    """Yield the labels and values that a LabelSelector asks for."""
    yield from ((key, str(value)) for key, value in _equal(selector))
    for one in entries(fields(selector).get("matchExpressions")):
        values = words(fields(one).get("values")) or [""]
        yield from ((str(fields(one).get("key")), value) for value in values)


def _equal(selector: Any) -> list[tuple[str, Any]]:
    return list(fields(fields(selector).get("matchLabels")).items())


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
