"""A resource's old state against its new inputs, as the engine wants to hear it."""

from collections.abc import Sequence
from typing import Final

from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.checkpoint import Checkpoint
from sandbox.plugins.connection import Connection
from sandbox.plugins.diff import Change, changes, deletes_first, pruned
from sandbox.plugins.manifests import annotation, name, with_metadata
from sandbox.plugins.normalize import normalized
from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import progress
from sandbox.plugins.replacements import replacing_fields

UNREADY: Final = '.metadata.annotations["pulumi.com/replaceUnready"]'


def found_changes(connection: Connection, old: Checkpoint, new: Properties) -> list[Change]:
    """Return what differs between the live values of the declared fields and the new inputs."""
    before = connection.placed(pruned(old.live, normalized(old.inputs)))
    after = connection.placed(normalized(new))
    if name(new):
        before = with_metadata(before, name=name(old.live))
    replacing = replacing_fields(
        after,
        mutable_config_maps=connection.settings.mutable_config_maps,
        mutable_secrets=connection.settings.mutable_secrets,
    )
    return changes(before, after, replacing)


def is_ignored(change: Change, ignored: Sequence[str]) -> bool:
    """Whether a change is at, or below, a path the program told the engine to ignore."""
    return any(
        change.key == path or change.key.startswith((f"{path}.", f"{path}[")) for path in ignored
    )


def response(
    connection: Connection, old: Checkpoint, new: Properties, ignored: Sequence[str]
) -> pb.DiffResponse:
    """Return the answer to a Diff call."""
    found = [c for c in found_changes(connection, old, new) if not is_ignored(c, ignored)]
    replaces = [change.key for change in found if change.replaces]
    if _unready(connection, old, new):
        replaces.append(UNREADY)
    detailed = {
        change.key: pb.PropertyDiff(
            kind=pb.PropertyDiff.Kind.Value(change.kind), inputDiff=change.kind.startswith("DELETE")
        )
        for change in found
    }
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if found or replaces else pb.DiffResponse.DIFF_NONE,
        replaces=replaces,
        deleteBeforeReplace=bool(replaces) and deletes_first(connection.placed(new), old.live),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _unready(connection: Connection, old: Checkpoint, new: Properties) -> bool:
    """Whether a Job asks to be replaced because it did not complete."""
    asks = annotation(new, "pulumi.com/replaceUnready") == "true" and new.get("kind") == "Job"
    if not asks or connection.cluster is None:
        return False
    live = connection.cluster.api.get(old.live)
    return live is not None and progress(live).state != "ready"
