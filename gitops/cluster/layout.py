"""Where the manifests of a cluster are: one folder for each thing that pulls."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitops.planning.rendering.rendering import Rendering
from settings.cluster import ClusterFile
from settings.stack.delivery import ENGINE_NAME

MANIFESTS = "manifests"
ROOT, PULLED, PLACES, STACKS = "root", "pulled", "places", "stacks"
ACCOUNT = f"localai-{ENGINE_NAME}"
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

    @property
    def shared(self) -> str:
        """Return the namespace that the `Stack` objects have in common; empty where none is."""
        return engine_home(self.settings, "")

    def engine(self, stack: str) -> tuple[str, str]:
        """Return the namespace and the name of the account that runs the program of a stack."""
        if self.shared:
            return self.shared, f"{ACCOUNT}-{stack}"
        return self.renderings[stack].namespace, ACCOUNT


def engine_home(settings: ClusterFile | None, namespace: str) -> str:
    """Return where the `Stack`, the pod and the Updates of a stack are; `namespace` is its own."""
    workspace = settings.workspace if settings else None
    return (workspace and workspace.namespace) or namespace


def path_of(cluster: ClusterObjects, folder: str) -> str:
    """Return a folder of manifests by its path from the folder of Pulumi.yaml."""
    path = f"clusters/{cluster.name}/{MANIFESTS}"
    return f"{path}/{folder}" if folder else path
