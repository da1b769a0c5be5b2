"""Creating, updating and deleting one object on a reachable cluster, with what each waits for."""

import secrets
from dataclasses import dataclass
from typing import Final

from sandbox.plugins.api import Api, ApiError, NoSuchKindError
from sandbox.plugins.errors import PluginError
from sandbox.plugins.manifests import annotation, name, with_metadata
from sandbox.plugins.ownership import CREATOR, never_updated, owners, taken_over
from sandbox.plugins.properties import Properties
from sandbox.plugins.settings import Settings
from sandbox.plugins.wait import Waiter, skips

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
        return self.waiter.ready(live, inputs, timeout, created=True)

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
        return self.waiter.ready(changed, inputs, timeout, created=False)

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
            self.waiter.gone(current, inputs, timeout)

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
