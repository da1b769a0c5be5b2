"""What runs in a namespace: its objects as plain mappings, sorted by kind, without any Secret."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from components.parts.kinds import Pods, kinds_of_pods, pods_of
from documents.foreign import LARGEST_LIST, foreign_json, foreign_yaml, hidden
from documents.problem import refusal

Manifest = Mapping[str, Any]


# Every name that a cluster takes is of this form (RFC 1123), a namespace's too.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class Running:
    """The objects of one namespace."""

    namespace: str
    workloads: tuple[Manifest, ...]
    services: tuple[Manifest, ...]
    config_maps: Mapping[str, Manifest]
    claims: Mapping[str, Manifest]
    # What runs LocalAI in a kind that is not taken over, or makes it, as kind and name.
    others: tuple[str, ...] = ()
    autoscalers: tuple[Manifest, ...] = ()
    ingresses: tuple[Manifest, ...] = ()
    # The file that the objects were read from, if not from a cluster.
    file: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Return the names that a new Deployment or Service may not have."""
        return frozenset(name_of(one) for one in (*self.workloads, *self.services))


def objects_in(content: bytes, name: str) -> Any:
    """Return the objects in a text, JSON or YAML, without the secrets that stand in it.

    Raises:
        RefusedError: it is neither, or larger than what a namespace holds.
    """
    if content.lstrip()[:1] in (b"{", b"["):
        return hidden(foreign_json(content, name=name))
    return hidden(list(foreign_yaml(content, name=name, most=LARGEST_LIST)))


def running(namespace: str, document: Any) -> Running:
    """Return the objects of a namespace in what `kubectl get … --output json` printed.

    Raises:
        RefusedError: it is not an object, and not a list of objects.
    """
    found = [one for one in _objects(document) if _namespace_of(one) in (None, namespace)]
    return Running(
        namespace=namespace,
        workloads=tuple(one for one in found if one["kind"] in _taken_over()),
        services=tuple(one for one in found if one["kind"] == "Service"),
        config_maps={name_of(one): one for one in found if one["kind"] == "ConfigMap"},
        claims={name_of(one): one for one in found if one["kind"] == "PersistentVolumeClaim"},
        others=tuple(f"{one['kind']} {name_of(one)}" for one in found if _is_other(one)),
        autoscalers=tuple(one for one in found if one["kind"] == "HorizontalPodAutoscaler"),
        ingresses=tuple(one for one in found if one["kind"] == "Ingress"),
    )


# What makes pods by way of another tool.
_OTHER_TOOLS = ("HelmRelease", "HelmChart", "Rollout")
_NAMES_LOCALAI = re.compile(r"local-?ai", re.IGNORECASE)


def _is_other(manifest: Manifest) -> bool:
    text = str(mapping(manifest.get("spec")))
    kind = manifest["kind"]
    makes_pods = pods_of(kind) is not None and kind not in _taken_over()
    return (makes_pods or kind in _OTHER_TOOLS) and bool(_NAMES_LOCALAI.search(text))


def _taken_over() -> tuple[str, ...]:
    """Return the kinds that a pool can take the place of."""
    return kinds_of_pods(Pods.SERVE, ours=True)


def name_of(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def annotations(manifest: Manifest) -> Mapping[str, str]:
    return manifest["metadata"].get("annotations") or {}


def labels(manifest: Manifest) -> Mapping[str, str]:
    return manifest["metadata"].get("labels") or {}


def items(value: Any) -> tuple[Any, ...]:
    """Return the items of a list of an object; nothing where there is no list."""
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else ()


def mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the mappings in a list of an object; nothing where there is no list."""
    return tuple(cast("Manifest", item) for item in items(value) if isinstance(item, dict))


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping of an object; an empty one where there is none."""
    return cast("Manifest", value) if isinstance(value, dict) else {}


def _objects(document: Any) -> Iterator[Manifest]:
    for one in items(document):
        yield from _objects(one)
    if isinstance(document, list):
        return
    found = mapping(document)
    if "items" in found:
        yield from _objects(found["items"])
    elif isinstance(found.get("kind"), str) and mapping(found.get("metadata")).get("name"):
        if wrong := next(_faults(found), None):
            raise refusal("", f"it holds an object whose {wrong}", _CURE)
        yield found
    else:
        raise refusal("", *_what_it_is(found))


def _what_it_is(found: Manifest) -> tuple[str, str]:
    if "services" in found and "kind" not in found:
        return (
            "it is a file of Docker Compose",
            "give it to `localai-gitops models migrate`",
        )
    if found and not {"kind", "apiVersion", "metadata"} & found.keys():
        return (
            "it has no Kubernetes object, and may be the values of a chart",
            "render the chart with `helm template` first, and give what that prints; values of the "
            "LocalAI chart are read by `localai-gitops models migrate`",
        )
    return "it holds something that is not a Kubernetes object", _CURE


_CURE = "write it with `kubectl get … --output json`"


def _faults(manifest: Manifest) -> Iterator[str]:
    """Yield what no API server would have let in, and everything here relies on."""
    data, kind = mapping(manifest["metadata"]), manifest["kind"]
    for key in ("name", "namespace"):
        value = data.get(key)
        if value is not None and not (isinstance(value, str) and _NAME.fullmatch(value)):
            yield f"metadata.{key} is not a name"
    texts = {f"metadata.{key}": data.get(key) for key in ("labels", "annotations")}
    if kind == "ConfigMap":
        texts["data"] = manifest.get("data")
    yield from (f"{key} are not texts" for key, value in texts.items() if not _is_texts(value))
    spec = mapping(manifest.get("spec"))
    if kind in (*_taken_over(), "Service") and not spec:
        yield "spec is not a mapping"
    if not isinstance(spec.get("replicas"), int | None):
        yield "spec.replicas is not a whole number"


def _is_texts(value: Any) -> bool:
    texts = (isinstance(one, str) for pair in mapping(value).items() for one in pair)
    return value is None or (isinstance(value, dict) and all(texts))


def _namespace_of(manifest: Manifest) -> str | None:
    return manifest["metadata"].get("namespace")
