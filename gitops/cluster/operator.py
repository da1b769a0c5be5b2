"""The operator's `Stack`: who runs the program of a stack, from which commit, and how often."""

from collections.abc import Mapping
from typing import Any

from components.parts.builders import CustomResource
from gitops.adapters.pulumi import ENGINE
from gitops.planning.project import VIRTUAL_ENVIRONMENTS
from settings.cluster import ClusterFile, StackPlace, StateSettings
from settings.config import PROJECT
from settings.names import SecretReference

# Each run makes an Update object with a Secret of the stack's outputs: none is kept for long.
_KEPT = "1h"
_RESYNC_SECONDS = 600
_LONGEST_PAUSE_SECONDS = 600
# Two runs without a change, so that one that is late holds nobody up: the operator asks a stack
# that is older to run, and tries again.
_LATELY = "20m"
_SOURCE, _STATE = "/share/source", "/state"
# What package/workspace/Dockerfile makes: where the libraries are, who runs, and what is written to
# although nothing else can be.
_LIBRARIES = "/opt/venv"
_USER = 10001
_WRITTEN = {"scratch": "/tmp", "workspaces": "/opt/pulumi/workspaces"}  # noqa: S108 - in a pod
_CONFINED: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
_SMALL: Mapping[str, Any] = {
    "requests": {"cpu": "100m", "memory": "64Mi"},
    "limits": {"memory": "512Mi"},
}


def operator_stack(
    account: str, metadata: Mapping[str, Any], cluster: ClusterFile, state: StateSettings
) -> CustomResource:
    """Return the Stack of one stack; deleting it leaves everything in the cluster as it is."""
    name = metadata["name"]
    place = cluster.stacks[name]
    return CustomResource(
        api_version="pulumi.com/v1",
        kind="Stack",
        metadata=metadata,
        spec={
            "stack": f"organization/{PROJECT}/{name}",
            **_source(cluster, place),
            "backend": state.url or f"file://{_STATE}",
            "secretsProvider": state.provider or "passphrase",
            "envRefs": _variables(state),
            "serviceAccountName": account,
            **_prerequisites(place),
            "refresh": True,
            "continueResyncOnCommitMatch": True,
            "resyncFrequencySeconds": _RESYNC_SECONDS,
            "retryMaxBackoffDurationSeconds": _LONGEST_PAUSE_SECONDS,
            "destroyOnFinalize": False,
            **({"preview": True} if place.frozen else {}),
            "updateTemplate": {"spec": {"ttlAfterCompleted": _KEPT}},
            "workspaceTemplate": {"spec": _workspace(account, cluster, state)},
        },
    )


def _prerequisites(place: StackPlace) -> dict[str, Any]:
    """Return what must be well; the operator looks in the namespace of the Stack alone."""
    required = {"requirement": {"succeededWithinDuration": _LATELY}}
    named = [{"name": one, **required} for one in place.after]
    return {"prerequisites": named} if named else {}


def _source(cluster: ClusterFile, place: StackPlace) -> dict[str, Any]:
    repository = cluster.repository
    followed = (
        {"commit": place.commit} if place.commit else {"branch": place.branch or repository.branch}
    )
    folder = {"repoDir": repository.folder} if repository.folder else {}
    token = {"gitAuth": {"accessToken": _reference(repository.token)}} if repository.token else {}
    return {"projectRepo": repository.url, **followed, **folder, **token}


def _variables(state: StateSettings) -> dict[str, Any]:
    passphrase = {"PULUMI_CONFIG_PASSPHRASE": state.passphrase} if state.passphrase else {}
    named = {**passphrase, **state.environment}
    return {name: _reference(one) for name, one in sorted(named.items())}


def _reference(secret: SecretReference) -> dict[str, Any]:
    return {"type": "Secret", "secret": {"name": secret.secret, "key": secret.key}}


def _workspace(account: str, cluster: ClusterFile, state: StateSettings) -> dict[str, Any]:
    return {
        **({"image": cluster.workspace.image} if cluster.workspace else {}),
        "securityProfile": "restricted",
        "serviceAccountName": account,
        "resources": {
            "requests": {"cpu": "100m", "memory": "512Mi"},
            "limits": {"memory": "1Gi"},
        },
        "podTemplate": {"spec": _pod(cluster, state)},
    }


def _pod(cluster: ClusterFile, state: StateSettings) -> dict[str, Any]:
    """Return what the operator merges into its pod, container by container.

    Its own two init containers ask for nothing, which a quota would refuse.
    """
    folder = cluster.repository.folder
    source = f"{_SOURCE}/{folder}" if folder else _SOURCE
    own = [{"name": name, "resources": _SMALL} for name in ("bootstrap", "fetch")]
    volumes: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in _WRITTEN]
    mounts = [{"name": name, "mountPath": path} for name, path in _WRITTEN.items()]
    if state.claim:
        mounts.append({"name": "state", "mountPath": _STATE})
        volumes.append({"name": "state", "persistentVolumeClaim": {"claimName": state.claim}})
    return {
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            # A claim belongs to root until it is given to a group.
            "fsGroup": _USER,
        },
        "initContainers": [*own, _linked(cluster, source)],
        "containers": [
            {
                "name": "pulumi",
                "env": [
                    # The image holds every library; nothing is downloaded when the program runs.
                    {"name": "PULUMI_OPTION_NO_DEPENDENCIES", "value": "true"},
                    {"name": "PYTHONPATH", "value": source},
                    *({"name": name, "value": value} for name, value in ENGINE.items()),
                ],
                "securityContext": _CONFINED,
                "volumeMounts": mounts,
            }
        ],
        "volumes": volumes,
    }


def _linked(cluster: ClusterFile, source: str) -> dict[str, Any]:
    """Return what shows the image's libraries where Pulumi.yaml says they are.

    Where no virtual environment is, the engine makes one, and downloads.
    """
    image = {"image": cluster.workspace.image} if cluster.workspace else {}
    links = [f"ln -sfn {_LIBRARIES} {name}" for name in VIRTUAL_ENVIRONMENTS]
    return {
        "name": "libraries",
        **image,
        "command": ["sh", "-c", " && ".join(links)],
        "workingDir": source,
        "resources": _SMALL,
        "securityContext": _CONFINED,
        "volumeMounts": [{"name": "share", "mountPath": "/share"}],
    }
