"""The pod in an object and the containers in a pod, read from values of unchecked shape."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from components.parts.kinds import KINDS, Pods, pods_of


def at(value: Any, *steps: str) -> Any:
    """Return what stands at a path of keys, or None where a step is not there."""
    for step in steps:
        value = fields(value).get(step)
    return value


def fields(value: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, anything else as an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def entries(value: Any) -> list[Any]:
    """Return a list as it is, anything else as an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def words(value: Any) -> list[str]:
    """Return the texts in a list."""
    return [one for one in entries(value) if isinstance(one, str)]


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, however deep; keys are none."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        else:
            stack += [*fields(one).values(), *entries(one)]


def pod_template(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the pod an object starts, with its `metadata` and `spec`, or nothing."""
    row = KINDS.get(str(manifest.get("kind")))
    # Whatever is not known has its template where a Deployment has it.
    found = at(manifest, *(row.template if row else ("spec", "template")))
    return fields(found) if entries(at(found, "spec", "containers")) else {}


def pod_spec(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the specification of the pod an object starts, or nothing."""
    return fields(pod_template(manifest).get("spec"))


def containers(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every container of the pod an object starts, those that run first included."""
    spec = pod_spec(manifest)
    for key in ("initContainers", "containers", "ephemeralContainers"):
        yield from map(fields, entries(spec.get(key)))


def servers(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the containers that are to run until they are stopped."""
    if pods_of(str(manifest.get("kind"))) is not Pods.ONCE:
        yield from map(fields, entries(pod_spec(manifest).get("containers")))


def named(container: Mapping[str, Any]) -> str:
    """Return a container as findings name it."""
    return f"container {container.get('name')}"
