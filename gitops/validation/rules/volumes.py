"""What pods mount: claims outlive their users, and ConfigMaps never change under a pod."""

import re
from collections.abc import Iterator
from typing import Any

from components.parts.roles import ANYTHINGLLM_ROLE, DATABASE_ROLE, ROLE
from documents.problem import Problem
from gitops.validation.rules.pods import at, entries, fields, named, pod_spec, servers
from gitops.validation.rules.rule import Manifest, ObjectRule, StackRule
from gitops.validation.rules.stack_objects import StackObject, StackObjects, title

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
_KEEP = {"Prune=false", "Delete=false"}


def _unkept(stack: StackObjects) -> Iterator[Problem]:
    for one in stack.objects:
        if one.manifest.get("kind") == "PersistentVolumeClaim" and not _kept(one, stack.rendered):
            how = "Argo CD would prune it" if stack.rendered else "the engine would delete it"
            yield Problem(object=title(one.manifest), cause=f"is not retained: {how} with its data")


def _kept(one: StackObject, rendered: bool) -> bool:
    if not rendered:
        return one.retained is not False
    annotation: Any = at(one.manifest, "metadata", "annotations", SYNC_OPTIONS)
    return {option.strip() for option in str(annotation).split(",")} >= _KEEP


def _writable(manifest: Manifest) -> Iterator[str]:
    labels = fields(at(manifest, "metadata", "labels"))
    owner = (manifest.get("kind"), labels.get(ROLE))
    if owner in (("StatefulSet", DATABASE_ROLE), ("Deployment", ANYTHINGLLM_ROLE)):
        # It is alone with its claim, which holds no weights.
        return
    claims = {
        at(volume, "name")
        for volume in entries(pod_spec(manifest).get("volumes"))
        if at(volume, "persistentVolumeClaim") is not None
    }
    for container in servers(manifest):
        for mount in entries(container.get("volumeMounts")):
            if at(mount, "name") in claims and at(mount, "readOnly") is not True:
                yield f"{named(container)} can write to the claim at {at(mount, 'mountPath')}"


CLAIMS = (
    StackRule(
        id="claim-retained",
        sentence="A claim stays when its stack, its pool or its Application goes.",
        reason="Its weights took hours to fetch, and a deleted claim cannot be undone.",
        cure="retain its part; rendered, annotate it with `Prune=false,Delete=false`",
        judge=_unkept,
    ),
    ObjectRule(
        id="server-reads-claims-only",
        sentence="A server mounts claims read-only, but for a registry's database and AnythingLLM.",
        reason="A request that tricks the server into writing would change weights for all pods.",
        cure="set `readOnly: true` on the mount, and an emptyDir where it writes",
        judge=_writable,
    ),
)


_BY_CONTENT = re.compile(r"-[0-9a-f]{8,64}\Z")
# Grafana's sidecar reads it and no pod of ours; it removes a dashboard with the map it came in.
_SIDECAR = "grafana_dashboard"


def _is_config(manifest: Manifest) -> bool:
    labels = fields(at(manifest, "metadata", "labels"))
    return manifest.get("kind") == "ConfigMap" and _SIDECAR not in labels


def _mutable(manifest: Manifest) -> Iterator[str]:
    if _is_config(manifest) and manifest.get("immutable") is not True:
        yield "can be changed in place"


def _unnamed(manifest: Manifest) -> Iterator[str]:
    name: Any = at(manifest, "metadata", "name")
    if _is_config(manifest) and not _BY_CONTENT.search(str(name)):
        yield "has a name that does not follow its content"


CONFIG_MAPS = (
    ObjectRule(
        id="config-map-immutable",
        sentence="A ConfigMap is immutable.",
        reason="Changed in place, half of the pods would run with a list that was never reviewed.",
        cure="set `immutable: true`",
        judge=_mutable,
    ),
    ObjectRule(
        id="config-map-named-by-content",
        sentence="The name of a ConfigMap ends in a digest of its content.",
        reason="Then a change starts new pods, and the old ones keep what they started with.",
        cure="end its name in a digest, as `content_name` does",
        judge=_unnamed,
    ),
)
