"""Which fields the Kubernetes provider cannot change in place: a change there replaces the object.

Source: pulumi-kubernetes v4.34, provider/pkg/clients and provider/pkg/provider (the tables of
properties that force a new object); pulumi-random v4, where every input does. `*` stands for any
one step. The name and the namespace of an object always do.
"""

from fnmatch import fnmatchcase

_ALWAYS = ("metadata.name", "metadata.namespace", "kind", "apiVersion")
_FORCING = {
    "ConfigMap": ("data", "data.*", "binaryData", "binaryData.*", "immutable"),
    "Secret": ("data", "data.*", "stringData", "stringData.*", "type", "immutable"),
    "Deployment": ("spec.selector", "spec.selector.*"),
    "StatefulSet": (
        "spec.selector", "spec.selector.*", "spec.serviceName", "spec.volumeClaimTemplates",
        "spec.volumeClaimTemplates[*", "spec.podManagementPolicy", "spec.revisionHistoryLimit",
    ),
    "DaemonSet": ("spec.selector", "spec.selector.*"),
    "Job": (
        "spec.selector", "spec.selector.*", "spec.template", "spec.template.*", "spec.completions",
        "spec.completionMode",
    ),
    "PersistentVolumeClaim": (
        "spec.accessModes", "spec.accessModes[*", "spec.selector", "spec.selector.*",
        "spec.storageClassName", "spec.volumeName",
    ),
    "Service": ("spec.clusterIP",),
    "StorageClass": ("parameters", "parameters.*", "provisioner"),
    "RoleBinding": ("roleRef", "roleRef.*"),
    "ClusterRoleBinding": ("roleRef", "roleRef.*"),
    "Provider": ("clusterIdentifier",),
    "RandomPassword": ("*",),
}  # fmt: skip


def forces_replacement(kind: str, field: str) -> bool:
    """Return whether a change of a field, such as `spec.selector.matchLabels.app`, replaces it."""
    patterns = (*_ALWAYS, *_FORCING.get(kind, ()))
    return any(fnmatchcase(field, pattern.replace("[*", "[[]*")) for pattern in patterns)
