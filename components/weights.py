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
from components.job import STORAGE, init_resources, job, modest_resources, tmp_mount
from components.labels import POOL, ROLE, content_digest, content_name, metadata
from components.part import Options, Part, content_part, name_of
from components.pool import Pool
from components.security import container_security

# Public, small, and with the standard library that the script needs; no package is installed.
IMAGE = "docker.io/library/python:3.13.9-slim-bookworm"
FOLDER = "models"

_SCRIPTS = Path(__file__).parent / "scripts"
_SCRIPT_MOUNT, _SET_MOUNT, _STORAGE_MOUNT = "/fetch", "/set", "/storage"
_ROLE = "weights"


@dataclass(frozen=True, kw_only=True)
class WeightsArgs:
    """The pool whose models' files it fetches."""

    pool: Pool


def set_digest(pool: Pool) -> str:
    """Return the digest of the bytes a pool needs, wherever they come from."""
    return content_digest([file.path for file in pool.files])


def file_set(pool: Pool) -> dict[str, Any]:
    """Return the set of files the Job must make true, with the digest that marks it complete."""
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
    return {"version": 1, "digest": set_digest(pool), "files": files}


def set_map(pool: Pool) -> ConfigMap:
    """Return the set; only the Job reads it, so another address or size restarts no server."""
    data = {"set.json": json.dumps(file_set(pool), indent=1, sort_keys=True) + "\n"}
    return _config_map(pool, "set", data)


def script_map(pool: Pool) -> ConfigMap:
    """Return the program that fetches and checks."""
    data = {path.name: path.read_text(encoding="utf-8") for path in sorted(_SCRIPTS.glob("*.py"))}
    return _config_map(pool, "fetch", data)


def _config_map(pool: Pool, suffix: str, data: dict[str, str]) -> ConfigMap:
    name = content_name(f"{pool.object_name}-{suffix}", data)
    labels = {POOL: pool.name, ROLE: _ROLE}
    return ConfigMap(metadata=metadata(pool.context, name, labels), data=data, immutable=True)


def fetch_job(pool: Pool) -> Job:
    """Return the Job that fetches and verifies the files of a pool."""
    container = Container(
        name="fetch",
        image=pool.context.image(IMAGE),
        command=_command("fetch", "--set", f"{_SET_MOUNT}/set.json"),
        env=_environment(pool),
        resources=modest_resources("512Mi"),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name=STORAGE, mountPath=_STORAGE_MOUNT),
            VolumeMount(name="fetch", mountPath=_SCRIPT_MOUNT, readOnly=True),
            VolumeMount(name="set", mountPath=_SET_MOUNT, readOnly=True),
            tmp_mount(),
        ],
    )
    volumes = [script_volume(pool), _map_volume("set", set_map(pool))]
    return job(pool, _ROLE, [container], volumes, deadline(pool))


def deadline(pool: Pool) -> int:
    """Return how long the Job may take, in seconds."""
    return durations.download(sum(file.size.bytes for file in pool.files))


def check_container(pool: Pool) -> Container:
    """Return the init container that refuses to start a server without its files."""
    return Container(
        name="check-weights",
        image=pool.context.image(IMAGE),
        command=_command("check", "--digest", set_digest(pool)),
        resources=init_resources("128Mi"),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name=STORAGE, mountPath=_STORAGE_MOUNT, readOnly=True),
            VolumeMount(name="fetch", mountPath=_SCRIPT_MOUNT, readOnly=True),
        ],
    )


def script_volume(pool: Pool) -> Volume:
    """Return the volume that holds the program."""
    return _map_volume("fetch", script_map(pool))


def _map_volume(name: str, content: ConfigMap) -> Volume:
    return Volume(name=name, configMap=ConfigMapVolumeSource(name=name_of(content)))


def _command(verb: str, *arguments: str) -> list[str]:
    script = f"{_SCRIPT_MOUNT}/fetch_weights.py"
    return ["python", "-E", "-s", script, verb, *arguments, "--root", f"{_STORAGE_MOUNT}/{FOLDER}"]


def _environment(pool: Pool) -> list[EnvVar] | None:
    token = pool.context.settings.hub_token
    if token is None:
        return None
    selector = SecretKeySelector(name=token.secret, key=token.key)
    return [EnvVar(name="HF_TOKEN", valueFrom=EnvVarSource(secretKeyRef=selector))]


def parts(name: str, args: WeightsArgs) -> tuple[Part, ...]:
    """Return the program, its set, and the Job."""
    # The engine waits a little longer than the Job may take, so that the Job's own end is seen.
    options = Options(timeout=deadline(args.pool) + 300)
    return (
        content_part(f"{name}-fetch", script_map(args.pool)),
        content_part(f"{name}-set", set_map(args.pool)),
        content_part(f"{name}-job", fetch_job(args.pool), options),
    )


class Weights(Component[WeightsArgs]):
    """The verified download of a pool's weights."""

    token = "localai:components:Weights"
    parts = staticmethod(parts)
