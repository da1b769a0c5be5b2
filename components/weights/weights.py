"""Weights: a Job fetches and verifies the files of a pool's models before its pods change."""

import json
from functools import lru_cache
from typing import Any

from lightkube.models.batch_v1 import Job
from lightkube.models.core_v1 import (
    ConfigMap,
    Container,
    EnvVar,
    VolumeMount,
)

from components.engine.component import Component
from components.parts.builders import secret_key, secret_variable
from components.parts.part import Options, Part, content_part
from components.pool import durations
from components.pool.containers import container_security, scratch
from components.pool.pool import Pool
from components.weights import egress
from components.weights.job import STORAGE, Work, job, modest_resources, tmp_mount, tmp_volume
from components.weights.program import (
    FOLDER,
    IMAGE,
    ROLE_OF_WEIGHTS,
    WORKING_FOLDER,
    command,
    content_map,
    map_volume,
    script_mount,
    script_volume,
)
from fetch import weight_set
from models.weights import Weights as WeightsFile
from settings.access.downloads import HubSettings

_SET_MOUNT, _STORAGE_MOUNT = "/set", "/storage"
# How the script says that no further try helps: wrong bytes, or an address that is refused.
_FINAL = 3


def readers(pool: Pool) -> tuple[Pool, ...]:
    """Return the pools whose files a pool's Job fetches: its own, and those that read along.

    There is none where another pool lends the claim, or where all weights come as images.
    """
    known = () if pool.lender else (pool, *pool.guests)
    return tuple(one for one in known if one.claim_files)


def set_digest(pool: Pool) -> str:
    """Return the digest of the bytes a pool needs on its claim, wherever they come from."""
    return weight_set.set_digest([file.path for file in pool.claim_files])


def file_set(pool: Pool) -> dict[str, Any]:
    """Return the set of files the Job must make true, with the digest that marks it complete."""
    hub = pool.context.settings.hub
    files = [set_entry(file, hub) for file in pool.claim_files]
    return {"version": 1, "digest": set_digest(pool), "files": files}


def set_entry(file: WeightsFile, hub: HubSettings | None) -> dict[str, Any]:
    """Return what a set says of one file."""
    return {
        "path": file.path,
        "url": hub.mirrored(file.url) if hub else file.url,
        "sha256": file.sha256,
        "size": file.size.bytes if file.size.exact else None,
        "about": file.size.most,
    }


@lru_cache(maxsize=8)
def set_map(pool: Pool) -> ConfigMap:
    """Return the sets; only the Job reads them, so another address or size restarts no server."""
    data = {
        _set_file(pool, reader): json.dumps(file_set(reader), indent=1, sort_keys=True) + "\n"
        for reader in readers(pool)
    }
    return content_map(pool, "set", data)


def _set_file(pool: Pool, reader: Pool) -> str:
    # A guest may have any name, `set` too.
    return "set.json" if reader.name == pool.name else f"guest-{reader.name}.json"


def fetch_job(pool: Pool) -> Job:
    """Return the Job that fetches and verifies the files of a pool and of its guests."""
    trust = egress.trust_volumes(pool.context)
    work = Work(
        role=ROLE_OF_WEIGHTS,
        containers=[_fetch_container(pool)],
        volumes=[script_volume(pool), map_volume("set", set_map(pool)), *trust],
        deadline=deadline(pool),
        final=_FINAL,
    )
    return job(pool, work)


def _fetch_container(pool: Pool) -> Container:
    context = pool.context
    return Container(
        name="fetch",
        image=context.image(IMAGE),
        command=_fetch_command(pool),
        workingDir=WORKING_FOLDER,
        env=_environment(pool) or None,
        resources=scratch(modest_resources("512Mi"), [tmp_volume()]),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name=STORAGE, mountPath=_STORAGE_MOUNT),
            script_mount(),
            VolumeMount(name="set", mountPath=_SET_MOUNT, readOnly=True),
            tmp_mount(),
            *egress.trust_mounts(context),
        ],
    )


def _fetch_command(pool: Pool) -> list[str]:
    files = [f"{_SET_MOUNT}/{_set_file(pool, reader)}" for reader in readers(pool)]
    sets = [word for file in files for word in ("--set", file)]
    ways = egress.source_arguments(pool.context)
    return command("fetch", *sets, *ways, "--root", f"{_STORAGE_MOUNT}/{FOLDER}")


def deadline(pool: Pool) -> int:
    """Return how long the Job may take, in seconds."""
    files = {file.path: file for reader in readers(pool) for file in reader.claim_files}
    return durations.download(sum(file.size.bytes for file in files.values()))


def _environment(pool: Pool) -> list[EnvVar]:
    settings = pool.context.settings
    token, hub = settings.hub_token, settings.hub
    variables = egress.trust_environment(pool.context)
    if token:
        variables.append(secret_variable("HF_TOKEN", secret_key(token)))
    if token and hub:
        variables.append(EnvVar(name="HF_ENDPOINT", value=hub.endpoint))
    return variables


class Weights(Component[Pool]):
    """The verified download of a pool's weights; nothing where there is nothing to fetch."""

    token = "localai:components:Weights"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return the sets and the Job."""
        if not readers(pool):
            return ()
        # The engine waits a little longer than the Job may take, so that the Job's own end is seen.
        options = Options(timeout=deadline(pool) + 300)
        return (
            content_part(f"{name}-set", set_map(pool)),
            content_part(f"{name}-job", fetch_job(pool), options),
        )
