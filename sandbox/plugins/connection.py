"""The configured cluster, reachable or not: previews go on without it, changes do not."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.plugins.api import Api, ApiError, UnreachableError
from sandbox.plugins.cluster import Cluster
from sandbox.plugins.kubeconfig import KubeconfigError, client
from sandbox.plugins.manifests import namespace, with_metadata
from sandbox.plugins.properties import Properties
from sandbox.plugins.scope import CLUSTER_KINDS
from sandbox.plugins.settings import Settings
from sandbox.plugins.wait import Waiter

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
    cluster = Cluster(api=api, waiter=waiter, settings=settings)
    return Connection(settings=settings, cluster=cluster)
