"""The program that fetches, checks and copies weights: its image, its ConfigMap, its command."""

from functools import cache
from pathlib import Path

from lightkube.models.core_v1 import ConfigMap, ConfigMapVolumeSource, Volume, VolumeMount

import fetch
from components.parts.labels import DIGITS, POOL, ROLE, content_digest, metadata
from components.parts.part import name_of
from components.pool.pool import Pool

# Public, small, and with the standard library that the script needs; no package is installed.
IMAGE = "docker.io/library/python:3.13.9-slim-bookworm"
ROLE_OF_WEIGHTS = "weights"
# Where weights are, on a claim and on a pod's own volume.
FOLDER = "models"

_PACKAGE = Path(fetch.__file__ or "").parent
# Python finds the package here, and nothing else is in the folder.
WORKING_FOLDER = "/program"


def script_map(pool: Pool) -> ConfigMap:
    """Return the program."""
    return content_map(pool, "fetch", _program(), _program_digest())


@cache
def _program() -> dict[str, str]:
    paths = sorted(_PACKAGE.glob("*.py"))
    return {path.name: _as_in_pods(path.read_text(encoding="utf-8")) for path in paths}


def _as_in_pods(text: str) -> str:
    # The wheel holds it inside another package; in a pod it is a package of its own.
    return text.replace(f"{fetch.__name__}.", f"{_PACKAGE.name}.")


@cache
def _program_digest() -> str:
    return content_digest(_program())


def script_volume(pool: Pool) -> Volume:
    """Return the volume that holds the program."""
    return map_volume("fetch", script_map(pool))


def script_mount() -> VolumeMount:
    """Return where the program is."""
    return VolumeMount(name="fetch", mountPath=f"{WORKING_FOLDER}/{_PACKAGE.name}", readOnly=True)


def command(verb: str, *arguments: str) -> list[str]:
    """Return the command line of a verb, for a container that runs in WORKING_FOLDER.

    Nothing of the environment changes what Python runs.
    """
    return ["python", "-E", "-s", "-m", _PACKAGE.name, verb, *arguments]


def content_map(
    pool: Pool, suffix: str, data: dict[str, str], digest: str | None = None
) -> ConfigMap:
    """Return a ConfigMap of a pool's weights, named by its content; `digest` where it is known."""
    name = f"{pool.object_name}-{suffix}-{(digest or content_digest(data))[:DIGITS]}"
    labels = {POOL: pool.name, ROLE: ROLE_OF_WEIGHTS}
    return ConfigMap(metadata=metadata(pool.context, name, labels), data=data, immutable=True)


def map_volume(name: str, content: ConfigMap) -> Volume:
    return Volume(name=name, configMap=ConfigMapVolumeSource(name=name_of(content)))
