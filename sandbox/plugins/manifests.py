"""What a manifest says about itself, and the form in which the API server answers it."""

import base64
from fractions import Fraction
from math import ceil
from typing import Any, Final, cast

from documents.quantity import BINARY, DECIMAL, quantity
from sandbox.plugins.properties import Properties, Unknown, holds


def canonical(text: str) -> str:
    """Return a quantity in canonical form, such as `1Gi` for `1024Mi`; other text unchanged."""
    try:
        amount = quantity(text)
    except ValueError:
        return text
    binary = text.endswith("i") and amount.denominator == 1 and abs(amount) >= 1024
    return _written(amount, BINARY if binary else DECIMAL)


def _written(amount: Fraction, units: dict[str, Fraction]) -> str:
    if not amount:
        return "0"
    for suffix, factor in sorted(units.items(), key=lambda unit: -unit[1]):
        scaled = amount / factor
        if scaled.denominator == 1:
            return f"{scaled.numerator}{suffix}"
    # Finer than the API server keeps, or not even a multiple of 1024.
    return f"{ceil(amount * 10**9)}n" if amount.denominator > 1 else str(amount.numerator)


AUTONAMED = "pulumi.com/autonamed"


def metadata(manifest: Properties) -> Properties:
    """Return the metadata of a manifest, empty when it has none."""
    found = manifest.get("metadata")
    return cast("Properties", found) if isinstance(found, dict) else {}


def name(manifest: Properties) -> Any:
    """Return the name of a manifest: text, an unknown value, or nothing."""
    return metadata(manifest).get("name") or ""


def namespace(manifest: Properties) -> Any:
    """Return the namespace of a manifest: text, an unknown value, or nothing."""
    return metadata(manifest).get("namespace") or ""


def annotation(manifest: Properties, key: str) -> str:
    """Return one annotation as text, empty when it is absent."""
    found = metadata(manifest).get("annotations")
    value = cast("Properties", found).get(key, "") if isinstance(found, dict) else ""
    return value if isinstance(value, str) else str(value).lower()


def with_metadata(manifest: Properties, **fields: Any) -> Properties:
    """Return a manifest with metadata fields set, or removed where the value is None."""
    kept = {**metadata(manifest), **fields}
    return {**manifest, "metadata": {k: v for k, v in kept.items() if v is not None}}


def identifier(manifest: Properties) -> str:
    """Return `namespace/name`, or `name` for an object of the whole cluster."""
    return "/".join(str(part) for part in (namespace(manifest), name(manifest)) if part)


def kind_of_urn(urn: str) -> tuple[str, str]:
    """Return apiVersion and kind from a URN whose type is `kubernetes:<group>/<version>:<Kind>`."""
    _, module, kind = urn.split("::")[2].rpartition("$")[2].split(":")
    return module.removeprefix("core/"), kind


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


# Custom resources are stored as they are sent; everything else passes through typed structures,
# which write quantities canonically and leave out some zero values.
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
