"""What the engine's state keeps of an object: the live object, its inputs, its field manager."""

import secrets
from dataclasses import dataclass
from typing import Final

from sandbox.plugins.manifests import annotation, metadata, with_metadata
from sandbox.plugins.properties import Properties, marked, plain

INPUTS: Final = "__inputs"
API_VERSION: Final = "__initialApiVersion"
FIELD_MANAGER: Final = "__fieldManager"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """One object's state: plain values, secrets already taken out of their wrapping."""

    inputs: Properties
    live: Properties
    api_version: str
    field_manager: str


def field_manager(manifest: Properties) -> str:
    """Return the field manager an annotation asks for, or a new one for this resource alone."""
    asked = annotation(manifest, "pulumi.com/patchFieldManager")
    return asked or f"pulumi-kubernetes-{secrets.token_hex(4)}"


def read(state: Properties) -> Checkpoint:
    """Return the checkpoint in a state; an empty state gives an empty one."""
    values: Properties = plain(state)
    inputs = values.pop(INPUTS, {})
    api_version = values.pop(API_VERSION, "")
    manager = values.pop(FIELD_MANAGER, "")
    return Checkpoint(inputs=inputs, live=values, api_version=api_version, field_manager=manager)


def written(checkpoint: Checkpoint, source: Properties) -> Properties:
    """Return the state of a checkpoint, with what is secret in the source marked secret."""
    live = checkpoint.live
    if metadata(live):
        live = with_metadata(live, managedFields=None)
    return {
        **marked(live, source),
        INPUTS: marked(checkpoint.inputs, source),
        API_VERSION: checkpoint.api_version,
        FIELD_MANAGER: checkpoint.field_manager,
    }
