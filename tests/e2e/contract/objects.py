"""Small objects for contract tests, as plain manifests."""

from typing import Any

from sandbox.plugins.properties import Properties

NAMESPACE = "contract"
LABELS = {"app": "it"}


def manifest(version: str, kind: str, name: str, **fields: Any) -> Properties:
    """Return a manifest in the tests' namespace."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def annotated(thing: Properties, **notes: str) -> Properties:
    """Return a manifest with `pulumi.com/` annotations."""
    annotations = {f"pulumi.com/{key}": text for key, text in notes.items()}
    return {**thing, "metadata": {**thing["metadata"], "annotations": annotations}}


def config_map(name: str, *, immutable: bool = False, **data: str) -> Properties:
    """Return a ConfigMap."""
    flag = {"immutable": True} if immutable else {}
    return manifest("v1", "ConfigMap", name, data=data, **flag)


def secret(name: str, *, immutable: bool = False, **data: str) -> Properties:
    """Return a Secret; its values are encoded already."""
    return {**config_map(name, immutable=immutable, **data), "kind": "Secret"}


def nameless(name: str) -> Properties:
    """Return a ConfigMap that the provider has to name."""
    del name
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": NAMESPACE}}


def quota(name: str, **hard: str) -> Properties:
    """Return a ResourceQuota."""
    return manifest("v1", "ResourceQuota", name, spec={"hard": hard})


def template(limits: dict[str, str] | None = None) -> Properties:
    """Return a pod template of one container with resource limits."""
    container = {"name": "main", "image": "busybox:1.36", "resources": {"limits": limits or {}}}
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}


def deployment(name: str, *, replicas: int = 1, limits: dict[str, str] | None = None) -> Properties:
    """Return a Deployment."""
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": LABELS},
        "template": template(limits),
    }
    return manifest("apps/v1", "Deployment", name, spec=spec)


def daemon_set(name: str) -> Properties:
    """Return a DaemonSet."""
    spec = {"selector": {"matchLabels": LABELS}, "template": template()}
    return manifest("apps/v1", "DaemonSet", name, spec=spec)


def pod(name: str) -> Properties:
    """Return a Pod."""
    return manifest("v1", "Pod", name, spec=template()["spec"])


def mounting(name: str) -> Properties:
    """Return a Pod that uses the claim of its name."""
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": name}}]
    return manifest("v1", "Pod", name, spec={**template()["spec"], "volumes": volumes})


def stateful_set(name: str) -> Properties:
    """Return a StatefulSet without claims."""
    spec = {"serviceName": name, "selector": {"matchLabels": LABELS}, "template": template()}
    return manifest("apps/v1", "StatefulSet", name, spec={"replicas": 1, **spec})


def job(name: str) -> Properties:
    """Return a Job."""
    pod = template()
    pod = {**pod, "spec": {**pod["spec"], "restartPolicy": "Never"}}
    return manifest("batch/v1", "Job", name, spec={"backoffLimit": 0, "template": pod})


def claim(name: str, storage_class: str, size: str = "1Gi") -> Properties:
    """Return a PersistentVolumeClaim."""
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "resources": {"requests": {"storage": size}},
    }
    return manifest("v1", "PersistentVolumeClaim", name, spec=spec)


def storage_class(
    name: str, binding: str, provisioner: str = "kubernetes.io/host-path"
) -> Properties:
    """Return a StorageClass, of the sandbox's provisioner unless told otherwise."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        "volumeBindingMode": binding,
    }


def service(name: str, **spec: Any) -> Properties:
    """Return a Service."""
    base = {"selector": LABELS, "ports": [{"port": 80}]}
    return manifest("v1", "Service", name, spec={**base, **spec})


def ingress(name: str) -> Properties:
    """Return an Ingress that leads to the Service of its name."""
    backend = {"service": {"name": name, "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec = {"rules": [{"host": "it.example", "http": {"paths": [path]}}]}
    return manifest("networking.k8s.io/v1", "Ingress", name, spec=spec)


def role_binding(name: str, role: str) -> Properties:
    """Return a RoleBinding to a ClusterRole."""
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    version = "rbac.authorization.k8s.io/v1"
    return manifest(version, "RoleBinding", name, roleRef=reference, subjects=[])


def changed(thing: Any, path: str, value: Any) -> Any:
    """Return a manifest with the field at a dotted path set; a number is a place in a list."""
    if not path:
        return value
    head, _, rest = path.partition(".")
    if head.isdigit():
        place = int(head)
        return [*thing[:place], changed(thing[place], rest, value), *thing[place + 1 :]]
    return {**thing, head: changed(thing.get(head, {}), rest, value)}
