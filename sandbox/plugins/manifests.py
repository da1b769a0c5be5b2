"""What a manifest says about itself: name, namespace, annotations, identifier."""

from typing import Any, cast

from sandbox.plugins.properties import Properties

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
