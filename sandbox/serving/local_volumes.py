"""Local volumes of the real node, for pods that do not run as root.

The built-in provisioner makes host-path volumes, folders of root on which Kubernetes never applies
a pod's fsGroup. Local volumes get it, as a disk in production does, so they are what a claim of the
real node should use.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.cluster.keys import REAL_NODE
from sandbox.cluster.sandbox import Sandbox

LOCAL_CLASS = "local"


def local_class() -> dict[str, object]:
    """Return the class whose claims are bound to local volumes once a pod needs them."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": LOCAL_CLASS},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def local_volume(name: str, path: Path, size: str) -> dict[str, object]:
    """Return a volume that is a folder of the real node."""
    on_node = {"key": "kubernetes.io/hostname", "operator": "In", "values": [REAL_NODE]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": LOCAL_CLASS,
            "local": {"path": str(path)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [on_node]}]}},
        },
    }


def add_local_volume(sandbox: Sandbox, name: str, size: str = "10Gi") -> Path:
    """Make a folder and its volume, and return the folder."""
    folder = sandbox.layout.volumes / name
    folder.mkdir()
    sandbox.apply([local_class(), local_volume(name, folder, size)])
    return folder
