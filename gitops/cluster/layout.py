"""Where the manifests of a cluster are: one folder for each thing that pulls."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitops.planning.rendering.rendering import Rendering
from settings.cluster import ClusterFile

MANIFESTS = "manifests"
ROOT, PULLED, PLACES, STACKS = "root", "pulled", "places", "stacks"
LABELS = {"app.kubernetes.io/managed-by": "localai-gitops"}


@dataclass(frozen=True, kw_only=True)
class ClusterObjects:
    """A cluster: its name and file, the renderings of its stacks by name, and rules of health."""

    name: str
    settings: ClusterFile
    renderings: Mapping[str, Rendering]
    health: Mapping[str, str]

    @property
    def root(self) -> str:
        """Return the name of what pulls all others."""
        return f"cluster-{self.name}"


def path_of(cluster: ClusterObjects, folder: str) -> str:
    """Return a folder of manifests by its path from the folder of Pulumi.yaml."""
    path = f"clusters/{cluster.name}/{MANIFESTS}"
    return f"{path}/{folder}" if folder else path
