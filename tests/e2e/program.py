"""The program and the tests' stacks on the real engine: helpers of the tests next to this file."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import PROGRAM, Engine, engine
from tests.support.project import ROOT, write_project

CHECKOUT = ROOT.resolve()

# What the cluster adds by itself; none of it is declared by a stack.
_FOREIGN = ("kube-root-ca.crt", "default")
KINDS = (
    "deployments,services,serviceaccounts,configmaps,secrets,persistentvolumeclaims,"
    "networkpolicies,poddisruptionbudgets,jobs"
)


def project_engine(sandbox: Sandbox, folder: Path, stack: str) -> Engine:
    """Return an engine with the program of this checkout, and the stacks and models of tests."""
    code = [name for name in PROGRAM if name != "Pulumi.yaml"]
    return engine(sandbox, folder, write_project(folder / "checkout", code), stack)


@contextmanager
def running(sandbox: Sandbox, folder: Path, stack: str) -> Generator[Engine]:
    """Give a stack's engine and an empty `restricted` namespace; clean both up."""
    made = project_engine(sandbox, folder, stack)
    namespace = settings(made)["localai:namespace"]
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": namespace, "labels": labels}
    sandbox.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}])
    try:
        yield made
    finally:
        sandbox.kubectl("delete", "namespace", namespace, "--wait=true", "--timeout=120s")


def settings(made: Engine) -> dict[str, Any]:
    """Return the configuration in the stack file of an engine's program."""
    return yaml.safe_load(_file(made).read_text())["config"]


def edit(made: Engine, **changes: Any) -> None:
    """Write keys of the stack file anew; `pools__chat__replicas=2` names a nested one."""
    document = yaml.safe_load(_file(made).read_text())
    for path, value in changes.items():
        first, *rest = path.split("__")
        steps = [f"localai:{first}", *rest]
        target = document["config"]
        for step in steps[:-1]:
            target = target.setdefault(step, {})
        if value is None:
            target.pop(steps[-1])
        else:
            target[steps[-1]] = value
    _file(made).write_text(yaml.safe_dump(document, sort_keys=False))


def objects(made: Engine) -> dict[str, dict[str, Any]]:
    """Return what is in the stack's namespace: `Kind/name` and the declared part of each."""
    listed = made.sandbox.kubectl(
        "--namespace", settings(made)["localai:namespace"], "get", KINDS, "--output=yaml"
    )
    items = yaml.load(listed, Loader=yaml.CSafeLoader)["items"]
    return {
        f"{item['kind']}/{item['metadata']['name']}": item
        for item in items
        if item["metadata"]["name"] not in _FOREIGN and not item["metadata"].get("ownerReferences")
    }


def _file(made: Engine) -> Path:
    return made.program / f"Pulumi.{made.stack}.yaml"
