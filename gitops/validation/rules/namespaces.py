"""Namespaces: no object lands where somebody happens to be."""

from collections.abc import Iterator

from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.stack_objects import namespace

# Kinds that have no namespace, among those that a stack or a cluster may hold.
_CLUSTER_WIDE = frozenset({
    "APIService", "CSIDriver", "ClusterRole", "ClusterRoleBinding", "ClusterSecretStore",
    "CustomResourceDefinition", "DeviceClass", "GatewayClass", "IngressClass",
    "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PriorityClass",
    "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration", "VolumeSnapshotClass",
})  # fmt: skip
_SHARED = ("default", "kube-system", "kube-public", "kube-node-lease")


def _homeless(manifest: Manifest) -> Iterator[str]:
    found = namespace(manifest)
    if manifest.get("kind") in _CLUSTER_WIDE:
        return
    if not found:
        yield "names no namespace"
    elif found in _SHARED:
        yield f"is in the namespace {found}"


RULES = (
    ObjectRule(
        id="namespace-set",
        sentence="Every object names its namespace, and none of those of the cluster itself.",
        reason="Without one, it lands in whatever namespace the writer's context points to.",
        cure="set `metadata.namespace` to the stack's namespace",
        judge=_homeless,
    ),
)
