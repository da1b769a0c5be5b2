"""Which changed fields of which kinds replace an object, as the official provider has them.

Source: the force-new tables of pulumi-kubernetes 4.3x. A path is dotted; `*` is any list element.
"""

from typing import Any, Final

IDENTITY: Final = ("metadata.name", "metadata.namespace")

_POD_SPEC: Final = (
    "affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks",
    "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets",
    "nodeName", "nodeSelector", "overhead", "preemptionPolicy", "priority", "priorityClassName",
    "readinessGates", "restartPolicy", "runtimeClassName", "schedulerName", "securityContext",
    "serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain",
    "terminationGracePeriodSeconds", "volumes",
)  # fmt: skip

_CONTAINER: Final = (
    "args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports",
    "readinessProbe", "resources", "securityContext", "stdin", "stdinOnce",
    "terminationMessagePath", "terminationMessagePolicy", "tty", "volumeDevices", "volumeMounts",
    "workingDir",
)  # fmt: skip

_VOLUME_SOURCES: Final = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume",
    "flocker", "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs",
    "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos",
    "vsphereVolume",
)  # fmt: skip

_STATEFUL_SET: Final = (
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
)

_CLAIM: Final = ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName")

_POD: Final = (
    *(f"spec.{field}" for field in _POD_SPEC),
    *(f"spec.containers.*.{field}" for field in _CONTAINER),
    *(f"spec.initContainers.*.{field}" for field in _CONTAINER),
)

FIELDS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("apps/v1", "DaemonSet"): ("spec.selector",),
    ("apps/v1", "Deployment"): ("spec.selector",),
    ("apps/v1", "StatefulSet"): _STATEFUL_SET,
    ("batch/v1", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("policy/v1beta1", "PodDisruptionBudget"): ("spec",),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io/v1", "StorageClass"): ("parameters", "provisioner"),
    ("v1", "PersistentVolume"): tuple(f"spec.{source}" for source in _VOLUME_SOURCES),
    ("v1", "PersistentVolumeClaim"): _CLAIM,
    ("v1", "Pod"): _POD,
    ("v1", "ResourceQuota"): ("spec.scopes",),
    ("v1", "Service"): ("spec.clusterIP",),
}

CONFIG_MAP_DATA: Final = ("binaryData", "data")
SECRET_TYPE: Final = ("type",)
SECRET_DATA: Final = ("type", "stringData", "data")


def replacing_fields(
    manifest: dict[str, Any], *, mutable_config_maps: bool, mutable_secrets: bool
) -> tuple[str, ...]:
    """Return the paths whose change replaces this object."""
    immutable = manifest.get("immutable") is True
    match (manifest.get("apiVersion", ""), manifest.get("kind", "")):
        case ("v1", "ConfigMap"):
            own = () if mutable_config_maps and not immutable else CONFIG_MAP_DATA
        case ("v1", "Secret"):
            own = SECRET_TYPE if mutable_secrets and not immutable else SECRET_DATA
        case key:
            own = FIELDS.get(key, ())
    return (*IDENTITY, *own)
