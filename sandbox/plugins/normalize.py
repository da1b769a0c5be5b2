"""The form in which the API server answers a declaration, so that equal things compare equal.

Custom resources are stored as they are sent; everything else passes through typed structures, which
write quantities canonically and leave out some zero values.
"""

import base64
from typing import Any, Final, cast

from sandbox.plugins.properties import Properties, Unknown, holds
from sandbox.plugins.quantities import canonical

READ_ONLY_METADATA: Final = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)
_QUANTITY_MAPS: Final = frozenset({"limits", "requests", "hard", "capacity", "allocatable"})
_QUANTITIES: Final = frozenset({"sizeLimit", "averageValue", "divisor"})
_TEXT_MAPS: Final = frozenset(
    {"annotations", "binaryData", "data", "labels", "matchLabels", "nodeSelector", "parameters"}
)
_OMITTED_WHEN_ZERO: Final = frozenset(
    {
        *("hostIPC", "hostNetwork", "hostPID", "initialDelaySeconds", "minReadySeconds"),
        *("paused", "publishNotReadyAddresses", "readOnly", "stdin", "stdinOnce", "suspend"),
        *("subPath", "tty", "value"),
    }
)


def normalized(manifest: Properties) -> Properties:
    """Return a manifest as the API server would answer it, without read-only metadata."""
    result = manifest
    if built_in(manifest.get("apiVersion", "")) and not holds(manifest, Unknown):
        result = cast("Properties", _typed(_with_encoded_data(manifest), ""))
    metadata = result.get("metadata")
    if isinstance(metadata, dict):
        kept = cast("Properties", metadata)
        writable = {key: kept[key] for key in kept if key not in READ_ONLY_METADATA}
        result = {**result, "metadata": writable}
    return result


def built_in(api_version: str) -> bool:
    """Whether Kubernetes itself serves this version, as opposed to a custom resource."""
    group = api_version.rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))


def _with_encoded_data(manifest: Properties) -> Properties:
    texts = manifest.get("stringData")
    if manifest.get("kind") != "Secret" or not isinstance(texts, dict):
        return manifest
    encoded = {
        key: base64.b64encode(str(text).encode()).decode()
        for key, text in cast("Properties", texts).items()
    }
    rest = {key: value for key, value in manifest.items() if key != "stringData"}
    return {**rest, "data": {**manifest.get("data", {}), **encoded}}


def _typed(value: Any, key: str) -> Any:
    if isinstance(value, dict) and key not in _TEXT_MAPS:
        items = cast("Properties", value)
        if key in _QUANTITY_MAPS:
            return {name: _quantity(amount) for name, amount in items.items()}
        return {n: _typed(v, n) for n, v in items.items() if not _omitted(n, v)}
    if isinstance(value, list):
        return [_typed(item, key) for item in cast("list[Any]", value)]
    return cast("Any", _quantity(value) if key in _QUANTITIES else value)


def _quantity(value: Any) -> Any:
    return canonical(str(value)) if isinstance(value, int | float | str) else _typed(value, "")


def _omitted(key: str, value: Any) -> bool:
    if value is None or (key in _OMITTED_WHEN_ZERO and not value):
        return True
    return (value == {} and key in _TEXT_MAPS | _QUANTITY_MAPS) or (value == [] and key != "rules")
