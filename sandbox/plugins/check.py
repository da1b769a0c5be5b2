"""What a program's declaration becomes before it is compared or sent: a name and a namespace."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.plugins.errors import PluginError
from sandbox.plugins.manifests import (
    AUTONAMED,
    annotation,
    metadata,
    name,
    namespace,
    with_metadata,
)
from sandbox.plugins.normalize import normalized
from sandbox.plugins.properties import Properties

SUFFIX_LENGTH: Final = 8


class NamelessError(PluginError):
    """An object has no name and none may be made up."""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """How an object without a name gets one; `proposal` is the engine's, `seed` makes it stable."""

    logical_name: str
    mode: Literal["own", "proposed", "disabled"] = "own"
    proposal: str = ""
    seed: bytes = b""

    def new_name(self) -> str:
        """Return `<logical name>-<8 hex digits>`, or what the engine proposes."""
        if self.mode == "disabled":
            raise NamelessError("automatic names are off here: set metadata.name")
        if self.mode == "proposed":
            return self.proposal
        digest = hashlib.sha256(self.seed).hexdigest() if self.seed else secrets.token_hex()
        return f"{self.logical_name}-{digest[:SUFFIX_LENGTH]}"


def checked(
    new: Properties, old: Properties, *, naming: Naming, default_namespace: str
) -> Properties:
    """Return the inputs to store: normalized, named, and in the default namespace if in none.

    An empty `default_namespace` leaves the namespace alone. Raises `NamelessError`.
    """
    result = _named(normalized(new), old, naming)
    if default_namespace and not namespace(result):
        result = with_metadata(result, namespace=default_namespace)
    return result


def _named(new: Properties, old: Properties, naming: Naming) -> Properties:
    if name(new) or metadata(new).get("generateName"):
        return new
    kept = name(old) if annotation(old, AUTONAMED) == "true" else ""
    annotations = {**metadata(new).get("annotations", {}), AUTONAMED: "true"}
    return with_metadata(new, name=kept or naming.new_name(), annotations=annotations)
