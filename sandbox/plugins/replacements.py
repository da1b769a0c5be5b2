"""Which changed fields replace one object, with the provider's switches for mutable data."""

from typing import Any

from gitops.planning.forcing import (
    CONFIG_MAP_DATA,
    FORCING,
    IDENTITY,
    SECRET_DATA,
    SECRET_TYPE,
)


def replacing_fields(
    manifest: dict[str, Any], *, mutable_config_maps: bool, mutable_secrets: bool
) -> tuple[str, ...]:
    """Return the paths whose change replaces this object."""
    immutable = manifest.get("immutable") is True
    match (manifest.get("apiVersion", ""), manifest.get("kind", "")):
        case ("v1", "ConfigMap"):
            own = () if mutable_config_maps and not immutable else CONFIG_MAP_DATA
        case ("v1", "Secret"):
            own = SECRET_TYPE if mutable_secrets and not immutable else SECRET_DATA
        case key:
            own = FORCING.get(key, ())
    return (*IDENTITY, *own)
