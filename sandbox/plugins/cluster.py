"""Creating, updating and deleting one object on a reachable cluster, with what each waits for."""

from dataclasses import dataclass
from typing import Final

from sandbox.plugins.api import Api, ApiError, NoSuchKindError
from sandbox.plugins.errors import PluginError
from sandbox.plugins.manifests import annotation, metadata, with_metadata
from sandbox.plugins.properties import Properties
from sandbox.plugins.settings import Settings
from sandbox.plugins.wait import Waiter, skips

CONFLICT: Final = 409
UNPROCESSABLE: Final = 422
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
ATTEMPTS: Final = 5


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
        if not self.settings.upsert:
            live = self._applied_by(live, manager)
        return self.waiter.ready(live, inputs, timeout)

    def previewed_update(self, inputs: Properties, manager: str) -> Properties | None:
        """Return what an update would give, or None where dry runs are forbidden."""
        try:
            return self._apply(inputs, manager, dry_run=True)
        except ApiError as error:
            if error.code == FORBIDDEN:
                return None
            raise

    def update(self, inputs: Properties, manager: str, timeout: float) -> Properties:
        """Apply a changed declaration and wait for it."""
        return self.waiter.ready(self._apply(inputs, manager, dry_run=False), inputs, timeout)

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
        if self.settings.upsert:
            return self._apply(inputs, manager, dry_run=dry_run)
        return self.api.create(inputs, manager=manager, dry_run=dry_run)

    def _apply(self, inputs: Properties, manager: str, *, dry_run: bool) -> Properties:
        forced = annotation(inputs, "pulumi.com/patchForce") == "true"
        force = forced or self.settings.patch_force
        try:
            return self.api.apply(inputs, manager=manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if error.code != CONFLICT:
                raise
            cure = "set the annotation pulumi.com/patchForce to take the fields over"
            raise ConflictError(f"{error}; {cure}") from error

    def _applied_by(self, live: Properties, manager: str) -> Properties:
        """Turn the ownership that creating left into that of an apply.

        A later apply by the same manager would else conflict with the manager's own creation.
        """
        for _ in range(ATTEMPTS):
            entries = metadata(live).get("managedFields", [])
            found = [i for i, entry in enumerate(entries) if entry.get("manager") == manager]
            if not found or entries[found[0]].get("operation") == "Apply":
                return live
            path = f"/metadata/managedFields/{found[0]}"
            try:
                return self.api.json_patch(
                    with_metadata(live),
                    [
                        {"op": "test", "path": f"{path}/manager", "value": manager},
                        {"op": "replace", "path": f"{path}/operation", "value": "Apply"},
                    ],
                )
            except ApiError as error:
                if error.code not in (CONFLICT, UNPROCESSABLE):
                    raise
                live = self.api.get(live) or live
        return live
