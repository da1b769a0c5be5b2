"""Finding the live object of a resource, and what its inputs are then."""

from typing import Final

from sandbox.plugins.checkpoint import Checkpoint
from sandbox.plugins.diff import pruned
from sandbox.plugins.manifests import kind_of_urn, metadata, with_metadata
from sandbox.plugins.normalize import normalized
from sandbox.plugins.properties import Properties

NOT_INPUTS: Final = frozenset({"status"})
MADE_BY_CONTROLLERS: Final = (
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)


def located(urn: str, identity: str, state: Checkpoint) -> Properties:
    """Return kind and name of what to read: from the state, else from URN and identity."""
    version, kind = kind_of_urn(urn)
    space, _, name = identity.rpartition("/")
    known = state.live
    return with_metadata(
        {"apiVersion": known.get("apiVersion", version), "kind": known.get("kind", kind)},
        name=name,
        namespace=space or None,
    )


def live_inputs(live: Properties, declared: Properties) -> Properties:
    """Return the live values of the declared fields; of every field when nothing is declared."""
    return pruned(live, declared) if declared else imported(live)


def imported(live: Properties) -> Properties:
    """Return what a declaration of a live object would say."""
    kept = normalized({key: value for key, value in live.items() if key not in NOT_INPUTS})
    notes = metadata(kept).get("annotations", {})
    own = {key: text for key, text in notes.items() if key not in MADE_BY_CONTROLLERS}
    return with_metadata(kept, annotations=own or None)
