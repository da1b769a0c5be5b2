"""Objects and questions that the live tests of a sandbox share."""

from sandbox.cluster.sandbox import Sandbox

GPU_TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def pod(name: str, namespace: str = "default", **spec: object) -> dict[str, object]:
    container = {"name": "main", "image": "any"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"containers": [container], **spec},
    }


def gpu_pod(name: str, product: str, gpus: int) -> dict[str, object]:
    limits = {"nvidia.com/gpu": str(gpus)}
    return pod(
        name,
        nodeSelector={"nvidia.com/gpu.product": product},
        tolerations=[GPU_TOLERATION],
        containers=[{"name": "main", "image": "any", "resources": {"limits": limits}}],
    )


def claim(name: str, storage_class: str, mode: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "storageClassName": storage_class,
            "accessModes": [mode],
            "resources": {"requests": {"storage": "100Gi"}},
        },
    }


def mounting(name: str, claim_name: str) -> dict[str, object]:
    source = {"name": "models", "persistentVolumeClaim": {"claimName": claim_name}}
    return pod(name, volumes=[source])


def wait_for(cluster: Sandbox, what: str, condition: str) -> None:
    cluster.kubectl("wait", f"--for={condition}", what, "--timeout=30s")


def value(cluster: Sandbox, what: str, path: str) -> str:
    return cluster.kubectl("get", what, f"--output=jsonpath={{{path}}}")
