"""The storage classes of a sandbox, served by the provisioner built into the controllers."""

PROVISIONER = "kubernetes.io/host-path"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def storage_class(name: str, *, default: bool = False) -> dict[str, object]:
    """Return a class whose volumes are made when a pod needs them and deleted with their claim."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": name,
            "annotations": {DEFAULT_CLASS: "true"} if default else {},
        },
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


STORAGE_CLASSES: tuple[dict[str, object], ...] = (
    storage_class("standard", default=True),
    storage_class("fast"),
)
