"""The program that fetches, checks and copies weights: its image, its ConfigMap, its command."""

from functools import cache
from pathlib import Path

from lightkube.models.core_v1 import ConfigMap, ConfigMapVolumeSource, Volume, VolumeMount

from components.parts.labels import DIGITS, POOL, ROLE, content_digest, metadata
from components.parts.part import name_of
from components.pool.pool import Pool

# Public, small, and with the standard library that the script needs; no package is installed.
IMAGE = "docker.io/library/python:3.13.9-slim-bookworm"
ROLE_OF_WEIGHTS = "weights"
# Where weights are, on a claim and on a pod's own volume.
FOLDER = "models"

_SCRIPTS = Path(__file__).parents[1] / "scripts"
_MOUNT = "/fetch"


def script_map(pool: Pool) -> ConfigMap:
    """Return the program."""
    return content_map(pool, "fetch", _program(), _program_digest())


@cache
def _program() -> dict[str, str]:
    paths = sorted(_SCRIPTS.glob("*.py"))
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


@cache
def _program_digest() -> str:
    return content_digest(_program())


def script_volume(pool: Pool) -> Volume:
    """Return the volume that holds the program."""
    return map_volume("fetch", script_map(pool))


def script_mount() -> VolumeMount:
    """Return where the program is."""
    return VolumeMount(name="fetch", mountPath=_MOUNT, readOnly=True)


def command(verb: str, *arguments: str) -> list[str]:
    """Return the command line of a verb; nothing of the environment changes what Python runs."""
    return ["python", "-E", "-s", f"{_MOUNT}/fetch_weights.py", verb, *arguments]


def content_map(
    pool: Pool, suffix: str, data: dict[str, str], digest: str | None = None
) -> ConfigMap:
    """Return a ConfigMap of a pool's weights, named by its content; `digest` where it is known."""
    name = f"{pool.object_name}-{suffix}-{(digest or content_digest(data))[:DIGITS]}"
    labels = {POOL: pool.name, ROLE: ROLE_OF_WEIGHTS}
    return ConfigMap(metadata=metadata(pool.context, name, labels), data=data, immutable=True)


def map_volume(name: str, content: ConfigMap) -> Volume:
    """Return the volume that holds a ConfigMap."""
    return Volume(name=name, configMap=ConfigMapVolumeSource(name=name_of(content)))
