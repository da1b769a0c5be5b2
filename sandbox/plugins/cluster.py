"""The configured cluster, reachable or not: who owns which fields, and how objects change."""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from sandbox.plugins.api import CLUSTER_KINDS, Api, ApiError, NoSuchKindError, UnreachableError
from sandbox.plugins.kubeconfig import KubeconfigError, client
from sandbox.plugins.manifests import annotation, metadata, name, namespace, with_metadata
from sandbox.plugins.properties import Properties
from sandbox.plugins.settings import Settings
from sandbox.plugins.standin import PluginError
from sandbox.plugins.wait import Informers, Waiter, skips

# Every object is created under this one name; each is updated under a name of its own.
# Source: pulumi-kubernetes, provider/pkg/await/await.go (`Creation`, `fixCSAFieldManagers`,
# `patchForce`) and provider/pkg/await/fluxssa/patch.go; pull request #4278.
CREATOR: Final = "pulumi-kubernetes"
_CREATORS: Final = (CREATOR, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes")

# What a real update takes over, by the operation and how the manager's name begins.
_TAKEN: Final = {
    "Apply": ("kubectl",),
    "Update": ("kubectl", "before-first-apply", *_CREATORS),
}


def taken_over(live: Properties, manager: str) -> list[Properties] | None:
    """Return the owners after `manager` took over what it may, or None where that is nothing."""
    entries = owners(live)
    own = [entry for entry in entries if _is(entry, manager)]
    taken = [entry for entry in entries if entry not in own and _may_be_taken(entry)]
    if not taken:
        return None
    rest = [entry for entry in entries if entry not in own and entry not in taken]
    first, *others = (*own, *taken)
    fields = cast("Properties", first.get("fieldsV1", {}))
    for entry in others:
        fields = _union(fields, entry.get("fieldsV1", {}))
    return [*rest, {**first, "manager": manager, "operation": "Apply", "fieldsV1": fields}]


def never_updated(live: Properties) -> bool:
    """Whether the fields still belong to the creator: a dry run is then forced."""
    return any(
        entry.get("operation") == "Update" and entry.get("manager") in _CREATORS
        for entry in owners(live)
    )


def owners(live: Properties) -> list[Properties]:
    """Return the entries of an object's managed fields."""
    return cast("list[Properties]", metadata(live).get("managedFields") or [])


def _is(entry: Properties, manager: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == "Apply"


def _may_be_taken(entry: Properties) -> bool:
    names = _TAKEN.get(entry.get("operation", ""), ())
    return not entry.get("subresource") and entry.get("manager", "").startswith(names)


def _union(one: Properties, other: Properties) -> Properties:
    """Return the fields of both; in this form, a set of fields is nested mappings."""
    merged: dict[str, Any] = {**one}
    for key, below in other.items():
        merged[key] = _union(merged.get(key, {}), below)
    return merged


CONFLICT: Final = 409
UNPROCESSABLE: Final = 422
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
IMMUTABLE: Final = "field is immutable"


class ConflictError(PluginError):
    """Another field manager owns a field that a declaration sets to another value."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A reachable cluster, written to as the settings say."""

    api: Api
    waiter: Waiter
    settings: Settings
    informers: Informers | None = None

    def namespaced(self, api_version: str, kind: str) -> bool:
        """Whether a kind lives in namespaces; one that is not served yet is assumed to."""
        try:
            return self.api.kind(api_version, kind).namespaced
        except NoSuchKindError:
            return True

    def serves(self, manifest: Properties) -> bool:
        """Whether the API server knows the kind of a manifest."""
        try:
            self.api.kind(manifest["apiVersion"], manifest["kind"])
        except NoSuchKindError:
            return False
        return True

    def previewed_create(self, inputs: Properties, manager: str) -> Properties | None:
        """Return what creating would give, or None where only the real run can tell.

        That is so when the object exists, its namespace does not yet, or dry runs are forbidden.
        """
        try:
            live = self._created(inputs, manager, dry_run=True)
        except ApiError as error:
            if error.code in (CONFLICT, FORBIDDEN, NOT_FOUND):
                return None
            raise
        return {key: value for key, value in live.items() if key != "status"}

    def create(self, inputs: Properties, manager: str, timeout: float) -> Properties:
        """Create an object and wait for it; an existing one is adopted only by the switch."""
        live = self._created(inputs, manager, dry_run=False)
        return self._ready(live, inputs, timeout, created=True)

    def previewed_update(self, inputs: Properties, manager: str) -> Properties | None:
        """Return what an update would give, or None where dry runs are forbidden.

        The creator's fields are not handed over in a dry run, so of an object that was never
        updated it merges old and new, and the server refuses what excludes each other.
        """
        live = self._existing(inputs)
        force = self._forced(inputs) or never_updated(live) or not owners(live)
        try:
            return self._apply(inputs, manager, force=force, dry_run=True)
        except ApiError as error:
            if error.code == FORBIDDEN:
                return None
            raise

    def update(self, inputs: Properties, manager: str, timeout: float) -> Properties:
        """Take over what the creator and kubectl own, apply a changed declaration, wait for it."""
        live = self._existing(inputs)
        entries = taken_over(live, manager)
        if entries is not None:
            path = "/metadata/managedFields"
            self.api.json_patch(live, [{"op": "replace", "path": path, "value": entries}])
        force = self._forced(inputs) or not owners(live)
        changed = self._apply(inputs, manager, force=force, dry_run=False)
        return self._ready(changed, inputs, timeout, created=False)

    def delete(self, live: Properties, inputs: Properties, timeout: float) -> None:
        """Delete an object and wait until it is gone; one that is gone already is fine."""
        try:
            current = self.api.get(live)
        except NoSuchKindError:
            return
        if current is None:
            return
        asked = annotation(inputs, "pulumi.com/deletionPropagationPolicy")
        self.api.delete(current, propagation=asked.title() or "Foreground")
        if not skips(inputs):
            self._look(current, deleted=True)
            self.waiter.gone(current, inputs, timeout)

    def _ready(
        self, live: Properties, inputs: Properties, timeout: float, *, created: bool
    ) -> Properties:
        if not skips(inputs):
            self._look(live, deleted=False)
        return self.waiter.ready(live, inputs, timeout, created=created)

    def _look(self, live: Properties, *, deleted: bool) -> None:
        if self.informers:
            self.informers.sync(live, deleted=deleted)

    def _created(self, inputs: Properties, manager: str, *, dry_run: bool) -> Properties:
        if not self.settings.upsert:
            return self.api.create(inputs, manager=CREATOR, dry_run=dry_run)
        force = self._forced(inputs) or dry_run
        try:
            return self._apply(inputs, manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if not (dry_run and error.code == UNPROCESSABLE and IMMUTABLE in str(error)):
                raise
            # What replaces an object cannot be tried under the name of the old one.
            another = with_metadata(inputs, name=f"{name(inputs)}{secrets.token_hex(3)}")
            return self._apply(another, manager, force=force, dry_run=True)

    def _existing(self, inputs: Properties) -> Properties:
        live = self.api.get(inputs)
        if live is None:
            raise ApiError(NOT_FOUND, "NotFound", f'{inputs["kind"]} "{name(inputs)}" not found')
        return live

    def _forced(self, inputs: Properties) -> bool:
        return annotation(inputs, "pulumi.com/patchForce") == "true" or self.settings.patch_force

    def _apply(self, inputs: Properties, manager: str, *, force: bool, dry_run: bool) -> Properties:
        try:
            return self.api.apply(inputs, manager=manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if error.code != CONFLICT:
                raise
            raise ConflictError(
                "server-side apply field conflict detected: the resource managed by field manager "
                f'"{manager}" had an apply conflict: {error}; set enablePatchForce on the provider '
                "or the annotation pulumi.com/patchForce to take the fields over"
            ) from error


PROBE_SECONDS: Final = 5.0
REQUEST_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Connection:
    """The settings, and the cluster or the reason why it cannot be reached."""

    settings: Settings
    cluster: Cluster | None = None
    reason: str = "the plugin is not configured"

    def reached(self) -> Cluster:
        """Return the cluster; raises `UnreachableError` with the reason if there is none."""
        if self.cluster is None:
            raise UnreachableError(
                f"configured Kubernetes cluster is unreachable: {self.reason}; "
                "check the provider's kubeconfig and context"
            )
        return self.cluster

    def previews(self, manifest: Properties) -> bool:
        """Whether a server dry run of a manifest is possible."""
        return self.cluster is not None and self.cluster.serves(manifest)

    def namespaced(self, manifest: Properties) -> bool:
        """Whether a manifest's kind lives in namespaces."""
        kind = manifest.get("kind", "")
        if self.cluster is None:
            return kind not in CLUSTER_KINDS
        return self.cluster.namespaced(manifest.get("apiVersion", ""), kind)

    def placed(self, manifest: Properties) -> Properties:
        """Return a manifest with the namespace it really lands in, or with none."""
        if not self.namespaced(manifest):
            return with_metadata(manifest, namespace=None)
        return with_metadata(manifest, namespace=namespace(manifest) or "default")


def connect(
    settings: Settings, environment: Mapping[str, str], cancelled: threading.Event
) -> Connection:
    """Return the connection that settings describe; probes the server once."""
    try:
        with client(settings, environment, PROBE_SECONDS) as probe:
            Api(http=probe).request("GET", "/version")
        api = Api(http=client(settings, environment, REQUEST_SECONDS))
    except (KubeconfigError, UnreachableError, ApiError) as error:
        return Connection(settings=settings, reason=str(error))
    waiter = Waiter(api=api, cancelled=cancelled, settle=settings.settle_seconds)
    informers = Informers(api=api, cancelled=cancelled)
    cluster = Cluster(api=api, waiter=waiter, settings=settings, informers=informers)
    return Connection(settings=settings, cluster=cluster)
