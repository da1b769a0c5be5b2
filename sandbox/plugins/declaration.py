"""One declaration: checked, drafted for the cluster, and kept in the engine's state."""

import hashlib
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.plugins.api import NoSuchKindError, UnreachableError
from sandbox.plugins.manifests import (
    AUTONAMED,
    annotation,
    identifier,
    metadata,
    name,
    namespace,
    normalized,
    with_metadata,
)
from sandbox.plugins.properties import Properties, Unknown, holds, marked, plain
from sandbox.plugins.standin import InitFailedError, PluginError
from sandbox.plugins.wait import NotReadyError

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


@dataclass(frozen=True, kw_only=True)
class Draft:
    """`inputs` are plain values; `source` is the same with its secrets still marked."""

    urn: str
    inputs: Properties
    source: Properties
    manager: str

    @property
    def complete(self) -> bool:
        """Whether every value is known already."""
        return not holds(self.inputs, Unknown)

    def state(self, live: Properties) -> Properties:
        """Return what the engine shall keep once the live object is this."""
        version = self.inputs.get("apiVersion", live.get("apiVersion", ""))
        kept = Checkpoint(
            inputs=self.inputs, live=live, api_version=version, field_manager=self.manager
        )
        return written(kept, self.source)

    def failed(self, text: str, live: Properties, identity: str = "") -> InitFailedError:
        """Return the error that keeps the state of an object which is not ready."""
        return InitFailedError(
            text,
            identity=identity or identifier(live),
            state=self.state(live),
            inputs=marked(self.inputs, self.source),
        )

    @contextmanager
    def being(self, done: str) -> Generator[None]:
        """Turn the errors of writing into the engine's; `done` is the verb, such as created."""
        try:
            yield
        except NotReadyError as error:
            text = (
                f"the Kubernetes API server reported that {self.urn} was {done}, but failed to "
                f"fully initialize or become live: {error}"
            )
            raise self.failed(text, error.live) from error
        except UnreachableError:
            raise
        except NoSuchKindError as error:
            text = f"{self.urn} was not {done}: {error}; check that its CRD is installed"
            raise PluginError(text) from error
        except PluginError as error:
            text = f'resource "{self.urn}" was not successfully {done} by the Kubernetes API server'
            raise PluginError(f"{text}: {error}") from error
