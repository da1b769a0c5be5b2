"""Claims: weights outlive the objects that use them, and nobody writes to them but a Job."""

from collections.abc import Iterator
from typing import Any

from gitops.validation.rules.pods import named, pod_spec, servers
from gitops.validation.rules.rule import Breach, Manifest, ObjectRule, StackRule
from gitops.validation.rules.stack_objects import StackObject, StackObjects, title
from gitops.validation.rules.values import at, entries

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
_KEEP = {"Prune=false", "Delete=false"}


def _unkept(stack: StackObjects) -> Iterator[Breach]:
    for one in stack.objects:
        if one.manifest.get("kind") == "PersistentVolumeClaim" and not _kept(one, stack.rendered):
            how = "Argo CD would prune it" if stack.rendered else "the engine would delete it"
            yield Breach(place=title(one.manifest), detail=f"is not retained: {how} with its data")


def _kept(one: StackObject, rendered: bool) -> bool:
    if not rendered:
        return one.retained is not False
    annotation: Any = at(one.manifest, "metadata", "annotations", SYNC_OPTIONS)
    return {option.strip() for option in str(annotation).split(",")} >= _KEEP


def _writable(manifest: Manifest) -> Iterator[str]:
    claims = {
        at(volume, "name")
        for volume in entries(pod_spec(manifest).get("volumes"))
        if at(volume, "persistentVolumeClaim") is not None
    }
    for container in servers(manifest):
        for mount in entries(container.get("volumeMounts")):
            if at(mount, "name") in claims and at(mount, "readOnly") is not True:
                yield f"{named(container)} can write to the claim at {at(mount, 'mountPath')}"


RULES = (
    StackRule(
        id="claim-retained",
        sentence="A claim stays when its stack, its pool or its Application goes.",
        reason="Its weights took hours to fetch, and a deleted claim cannot be undone.",
        cure="retain its part; rendered, annotate it with `Prune=false,Delete=false`",
        judge=_unkept,
    ),
    ObjectRule(
        id="server-reads-claims-only",
        sentence="A server mounts claims read-only.",
        reason="A request that tricks the server into writing would change weights for all pods.",
        cure="set `readOnly: true` on the mount, and an emptyDir where it writes",
        judge=_writable,
    ),
)
