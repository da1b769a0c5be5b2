"""Weights: a Job fetches and verifies the files of a pool's models before its pods change."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightkube.models.batch_v1 import Job
from lightkube.models.core_v1 import (
    ConfigMap,
    ConfigMapVolumeSource,
    Container,
    EnvVar,
    EnvVarSource,
    SecretKeySelector,
    Volume,
    VolumeMount,
)

from components import durations
from components.component import Component
from components.job import STORAGE, job, modest_resources, tmp_mount
from components.labels import POOL, ROLE, content_digest, content_name, metadata
from components.part import Options, Part, name_of, object_part
from components.pool import Pool
from components.security import container_security

# Public, small, and with the standard library that the script needs; no package is installed.
IMAGE = "docker.io/library/python:3.13.9-slim-bookworm"
FOLDER = "models"

_SCRIPT = Path(__file__).parent / "scripts" / "fetch_weights.py"
_MOUNT = "/fetch"
_ROLE = "weights"


@dataclass(frozen=True, kw_only=True)
class WeightsArgs:
    """The pool whose models' files it fetches."""

    pool: Pool


def file_set(pool: Pool) -> dict[str, Any]:
    """Return the set of files the Job must make true, with a digest of the whole."""
    files = [
        {
            "path": file.path,
            "url": file.url,
            "sha256": file.sha256,
            "size": file.size.bytes if file.size.exact else None,
            "about": file.size.bytes,
        }
        for file in pool.files
    ]
    return {"version": 1, "digest": content_digest(files), "files": files}


def config_map(pool: Pool) -> ConfigMap:
    """Return the script and its set; the name changes with either."""
    data = {
        "fetch_weights.py": _SCRIPT.read_text(encoding="utf-8"),
        "set.json": json.dumps(file_set(pool), indent=1, sort_keys=True) + "\n",
    }
    name = content_name(f"{pool.object_name}-{_ROLE}", data)
    labels = {POOL: pool.name, ROLE: _ROLE}
    return ConfigMap(metadata=metadata(pool.context, name, labels), data=data, immutable=True)


def fetch_job(pool: Pool) -> Job:
    """Return the Job that fetches and verifies the files of a pool."""
    container = Container(
        name="fetch",
        image=pool.context.image(IMAGE),
        command=_command("fetch", "/storage"),
        env=_environment(pool),
        resources=modest_resources("512Mi"),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name=STORAGE, mountPath="/storage"),
            VolumeMount(name=_ROLE, mountPath=_MOUNT, readOnly=True),
            tmp_mount(),
        ],
    )
    return job(pool, _ROLE, [container], [script_volume(pool)], deadline(pool))


def deadline(pool: Pool) -> int:
    """Return how long the Job may take, in seconds."""
    return durations.download(sum(file.size.bytes for file in pool.files))


def check_container(pool: Pool) -> Container:
    """Return the init container that refuses to start a server without its files."""
    return Container(
        name="check-weights",
        image=pool.context.image(IMAGE),
        command=_command("check", "/storage"),
        resources=modest_resources("128Mi"),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name=STORAGE, mountPath="/storage", readOnly=True),
            VolumeMount(name=_ROLE, mountPath=_MOUNT, readOnly=True),
        ],
    )


def script_volume(pool: Pool) -> Volume:
    """Return the volume that holds the script and its set."""
    source = ConfigMapVolumeSource(name=name_of(config_map(pool)))
    return Volume(name=_ROLE, configMap=source)


def _command(verb: str, storage: str) -> list[str]:
    return [
        "python", "-I", f"{_MOUNT}/fetch_weights.py", verb,
        "--set", f"{_MOUNT}/set.json", "--root", f"{storage}/{FOLDER}",
    ]  # fmt: skip


def _environment(pool: Pool) -> list[EnvVar] | None:
    token = pool.context.settings.hub_token
    if token is None:
        return None
    selector = SecretKeySelector(name=token.secret, key=token.key)
    return [EnvVar(name="HF_TOKEN", valueFrom=EnvVarSource(secretKeyRef=selector))]


def parts(name: str, args: WeightsArgs) -> tuple[Part, ...]:
    """Return the script with its set, and the Job."""
    # The engine waits a little longer than the Job may take, so that the Job's own end is seen.
    options = Options(timeout=deadline(args.pool) + 300)
    return (
        object_part(f"{name}-set", config_map(args.pool)),
        object_part(f"{name}-job", fetch_job(args.pool), options),
    )


class Weights(Component[WeightsArgs]):
    """The verified download of a pool's weights."""

    token = "localai:components:Weights"
    parts = staticmethod(parts)
