"""The program that fetches, checks and copies weights: its image, its ConfigMap, its command."""

from functools import cache
from pathlib import Path
from types import ModuleType

from lightkube.models.core_v1 import ConfigMap, ConfigMapVolumeSource, Volume, VolumeMount

import fetch
from components.engine.component import Component
from components.parts.context import Context
from components.parts.labels import DIGITS, POOL, content_digest, content_name, metadata
from components.parts.part import Part, content_part, name_of
from components.parts.roles import ROLE
from components.pool.pool import Pool

# Public, small, and with the standard library that the script needs; no package is installed.
IMAGE = "docker.io/library/python:3.13.9-slim-bookworm"
ROLE_OF_WEIGHTS = "weights"
# Where weights are, on a claim and on a pod's own volume.
FOLDER = "models"

_PACKAGE = Path(fetch.__file__ or "").parent
# Python finds the package here, and nothing else is in the folder.
WORKING_FOLDER = "/program"


def script_map(context: Context) -> ConfigMap:
    """Return the program, which all pools of a stack share: it weighs more than all else.

    The engine writes its whole state at each step, and holds each object twice in it.
    """
    return package_map(context, ROLE_OF_WEIGHTS, fetch)


def package_map(context: Context, role: str, *packages: ModuleType) -> ConfigMap:
    """Return the ConfigMap of the first package, which may import the others."""
    name = f"localai-{_last(packages[0].__name__)}-{_digest(packages)[:DIGITS]}"
    meta = metadata(context, name, {ROLE: role})
    return ConfigMap(metadata=meta, data=_files(packages), immutable=True)


@cache
def _files(packages: tuple[ModuleType, ...]) -> dict[str, str]:
    """Return the modules of the first package.

    The wheel holds them inside another package; in a pod each is a package of its own.
    """
    paths = sorted(Path(packages[0].__file__ or "").parent.glob("*.py"))
    files = {path.name: path.read_text(encoding="utf-8") for path in paths}
    for name in (package.__name__ for package in packages):
        files = {file: text.replace(f"{name}.", f"{_last(name)}.") for file, text in files.items()}
    return files


@cache
def _digest(packages: tuple[ModuleType, ...]) -> str:
    return content_digest(_files(packages))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def script_volume(pool: Pool) -> Volume:
    """Return the volume that holds the program."""
    return map_volume("fetch", script_map(pool.context))


def script_mount() -> VolumeMount:
    """Return where the program is."""
    return VolumeMount(name="fetch", mountPath=f"{WORKING_FOLDER}/{_PACKAGE.name}", readOnly=True)


def command(verb: str, *arguments: str) -> list[str]:
    """Return the command line of a verb, for a container that runs in WORKING_FOLDER.

    Nothing of the environment changes what Python runs.
    """
    return ["python", "-E", "-s", "-m", _PACKAGE.name, verb, *arguments]


def content_map(
    pool: Pool, suffix: str, data: dict[str, str], role: str = ROLE_OF_WEIGHTS
) -> ConfigMap:
    """Return a ConfigMap of a pool, named by its content."""
    name = content_name(f"{pool.object_name}-{suffix}", data)
    labels = {POOL: pool.name, ROLE: role}
    return ConfigMap(metadata=metadata(pool.context, name, labels), data=data, immutable=True)


def map_volume(name: str, content: ConfigMap) -> Volume:
    return Volume(name=name, configMap=ConfigMapVolumeSource(name=name_of(content)))


class Program(Component[Context]):
    """The program that fetches, checks and copies weights, once for all pools."""

    token = "localai:components:Program"

    @staticmethod
    def parts(name: str, context: Context) -> tuple[Part, ...]:
        """Return its ConfigMap."""
        return (content_part(name, script_map(context)),)
