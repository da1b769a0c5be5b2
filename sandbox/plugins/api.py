"""The API server over HTTP: discovery of kinds, and one method for each verb."""

import json
from dataclasses import dataclass, field
from typing import Any, Final, cast

import httpx2

from sandbox.plugins.manifests import name, namespace
from sandbox.plugins.properties import Properties
from sandbox.plugins.standin import PluginError

CLUSTER_KINDS: Final = frozenset(
    {
        *("APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding"),
        *("CSIDriver", "CSINode", "CustomResourceDefinition", "FlowSchema", "IngressClass"),
        *("MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume"),
        *("PriorityClass", "PriorityLevelConfiguration", "RuntimeClass", "StorageClass"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
        *("ValidatingWebhookConfiguration", "VolumeAttachment"),
    }
)


APPLY: Final = "application/apply-patch+yaml"
NOT_FOUND: Final = 404
JSON_PATCH: Final = "application/json-patch+json"


class ApiError(PluginError):
    """The API server refused a request: `code` is the HTTP status, `reason` its short cause."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class UnreachableError(PluginError):
    """No API server answered."""


class NoSuchKindError(PluginError):
    """The API server serves no such version and kind; usually a CRD is missing."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind as served: the plural of its URL, and whether its objects live in namespaces."""

    plural: str
    namespaced: bool


@dataclass(frozen=True, kw_only=True)
class Api:
    """An API server behind an HTTP client."""

    http: httpx2.Client
    _known: dict[tuple[str, str], Kind] = field(default_factory=dict[tuple[str, str], Kind])

    def kind(self, api_version: str, kind: str) -> Kind:
        """Return how a kind is served; only what was found is remembered."""
        if (api_version, kind) not in self._known:
            self._known.update(self._discovered(api_version))
        if (api_version, kind) not in self._known:
            raise NoSuchKindError(f'no matches for kind "{kind}" in version "{api_version}"')
        return self._known[api_version, kind]

    def _discovered(self, api_version: str) -> dict[tuple[str, str], Kind]:
        try:
            listing = self.request("GET", _root(api_version))
        except ApiError as error:
            if error.code == NOT_FOUND:
                return {}
            raise
        return {
            (api_version, entry["kind"]): Kind(plural=entry["name"], namespaced=entry["namespaced"])
            for entry in listing["resources"]
            if "/" not in entry["name"]
        }

    def get(self, manifest: Properties) -> Properties | None:
        """Return the live object with a manifest's kind and name, or None."""
        try:
            return self.request("GET", self._url(manifest))
        except ApiError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def create(self, manifest: Properties, *, manager: str, dry_run: bool) -> Properties:
        """Create an object; one that exists already is an `ApiError` 409 AlreadyExists."""
        params = _params(manager, dry_run=dry_run)
        return self.request(
            "POST", self._url(manifest, collection=True), body=manifest, params=params
        )

    def apply(
        self, manifest: Properties, *, manager: str, force: bool, dry_run: bool
    ) -> Properties:
        """Apply a manifest on the server; fields of other managers are a 409 unless forced."""
        params = _params(manager, dry_run=dry_run) | {"force": str(force).lower()}
        url = self._url(manifest)
        return self.request("PATCH", url, body=manifest, params=params, media_type=APPLY)

    def json_patch(self, manifest: Properties, operations: list[Properties]) -> Properties:
        """Change the live object by JSON patch operations."""
        url = self._url(manifest)
        return self.request("PATCH", url, body=operations, media_type=JSON_PATCH)

    def delete(self, manifest: Properties, *, propagation: str) -> None:
        """Delete the object with a manifest's kind and name; one that is gone is fine."""
        try:
            self.request("DELETE", self._url(manifest), body={"propagationPolicy": propagation})
        except ApiError as error:
            if error.code != NOT_FOUND:
                raise

    def list(self, path: str, **selectors: str) -> list[Properties]:
        """Return the objects under a collection's path, cut by label or field selectors."""
        return self.request("GET", path, params=selectors).get("items", [])

    def watch(self, path: str) -> None:
        """List what is under a collection's path and start to watch it, as an informer does."""
        listed = self.request("GET", path, params={"limit": "1"})
        start = listed.get("metadata", {}).get("resourceVersion", "")
        params = {"watch": "true", "resourceVersion": start}
        with self.http.stream("GET", path, params=params) as response:
            if not response.is_success:
                response.read()
                raise _refusal(response)

    def collection(self, manifest: Properties) -> str:
        """Return the path under which all objects of a manifest's kind and namespace are."""
        return self._url(manifest, collection=True)

    def _url(self, manifest: Properties, *, collection: bool = False) -> str:
        version = manifest["apiVersion"]
        kind = self.kind(version, manifest["kind"])
        space = f"/namespaces/{namespace(manifest) or 'default'}" if kind.namespaced else ""
        return f"{_root(version)}{space}/{kind.plural}" + (
            "" if collection else f"/{name(manifest)}"
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: dict[str, str] | None = None,
        media_type: str = "application/json",
    ) -> Properties:
        """Send one request and return the JSON answer; raises `ApiError`, `UnreachableError`."""
        content = None if body is None else json.dumps(body).encode()
        headers = {"content-type": media_type}
        try:
            response = self.http.request(
                method, path, params=params, content=content, headers=headers
            )
        except httpx2.TransportError as error:
            text = f"{type(error).__name__}: {error}"
            raise UnreachableError(f"{self.http.base_url} does not answer: {text}") from error
        if response.is_success:
            return cast("Properties", response.json())
        raise _refusal(response)


def _refusal(response: httpx2.Response) -> ApiError:
    try:
        status = cast("Properties", response.json())
    except ValueError:
        status = {"message": response.text}
    message = str(status.get("message") or f"HTTP status {response.status_code}")
    return ApiError(response.status_code, str(status.get("reason", "")), message)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _params(manager: str, *, dry_run: bool) -> dict[str, str]:
    return {"fieldManager": manager} | ({"dryRun": "All"} if dry_run else {})
