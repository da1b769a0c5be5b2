"""A workload that runs LocalAI today: its pod, its server, and where the server keeps models."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gitops.adoption.running import Manifest, Running, mapping, mappings, name_of
from gitops.adoption.variables import Variables, variables

_IMAGE = re.compile(r"(^|/)local-?ai(:|@|\Z)")
_NOTHING: Manifest = {}
# The images of LocalAI before v3.1 kept models in the second of them.
_MODEL_FOLDERS = ("/models", "/build/models")


class NoWorkloadError(Exception):
    """Nothing in the namespace runs LocalAI, or not what was named."""


@dataclass(frozen=True)
class Workload:
    """A Deployment or a StatefulSet whose pods serve models."""

    manifest: Manifest
    config_maps: Mapping[str, Manifest]

    @property
    def name(self) -> str:
        """Return its name."""
        return name_of(self.manifest)

    @property
    def title(self) -> str:
        """Return its kind and name, as kubectl takes them."""
        return f"{self.manifest['kind'].lower()}/{self.name}"

    @property
    def replicas(self) -> int:
        """Return how many pods it wants."""
        wanted = self.manifest["spec"].get("replicas")
        return 1 if wanted is None else int(wanted)

    @property
    def pod(self) -> Manifest:
        """Return the specification of its pods."""
        return mapping(mapping(self.manifest["spec"].get("template")).get("spec"))

    @property
    def pod_labels(self) -> Mapping[str, str]:
        """Return the labels of its pods."""
        template = mapping(self.manifest["spec"].get("template"))
        return mapping(mapping(template.get("metadata")).get("labels"))

    @cached_property
    def server(self) -> Manifest:
        """Return the container of the server: the one with its image, else the first."""
        containers = mappings(self.pod.get("containers"))
        ours = (one for one in containers if _IMAGE.search(str(one.get("image", ""))))
        return next(ours, containers[0])

    @property
    def image(self) -> str:
        """Return the image of the server."""
        return str(self.server.get("image", ""))

    @cached_property
    def variables(self) -> Variables:
        """Return what the server was told."""
        return variables(self.server, self.config_maps)

    @property
    def models_folder(self) -> str:
        """Return where the server looks for models."""
        told = self.variables.text("LOCALAI_MODELS_PATH")
        mounted = {str(one.get("mountPath", "")).rstrip("/") for one in self.mounts}
        usual = (one for one in _MODEL_FOLDERS if one in mounted)
        return (told or next(usual, _MODEL_FOLDERS[0])).rstrip("/")

    @property
    def mounts(self) -> tuple[Manifest, ...]:
        """Return the mounts of the server."""
        return mappings(self.server.get("volumeMounts"))

    def volume(self, name: str) -> Manifest:
        """Return a volume of the pod, a claim of a StatefulSet's template included."""
        for one in mappings(self.manifest["spec"].get("volumeClaimTemplates")):
            if name_of(one) == name:
                claim = f"{name}-{self.name}-0"
                return {"name": name, "persistentVolumeClaim": {"claimName": claim}}
        volumes = mappings(self.pod.get("volumes"))
        return next((one for one in volumes if one.get("name") == name), _NOTHING)

    def mount_of(self, folder: str) -> Manifest:
        """Return the mount that holds a folder: the deepest one on its way."""
        on_the_way = [one for one in self.mounts if _holds(str(one.get("mountPath", "")), folder)]
        return max(on_the_way, key=lambda one: len(str(one["mountPath"])), default=_NOTHING)


def _holds(mount: str, folder: str) -> bool:
    return bool(mount) and f"{folder}/".startswith(f"{mount.rstrip('/')}/")


def workloads(found: Running, named: Iterable[str] = ()) -> tuple[Workload, ...]:
    """Return the workloads that run LocalAI: by their image, or those named.

    Raises:
        NoWorkloadError: there is none.
    """
    wanted = set(named)
    every = [Workload(one, found.config_maps) for one in found.workloads]
    every = [one for one in every if mappings(one.pod.get("containers"))]
    chosen = [one for one in every if (one.name in wanted if wanted else _runs_localai(one))]
    missing = sorted(wanted - {one.name for one in chosen})
    if not chosen or missing:
        raise NoWorkloadError(_complaint(found, every, missing))
    return tuple(sorted(chosen, key=lambda one: one.name))


def _runs_localai(workload: Workload) -> bool:
    return bool(_IMAGE.search(workload.image))


def _complaint(found: Running, every: Iterable[Workload], missing: list[str]) -> str:
    there = ", ".join(_described(every)) or "nothing"
    what = f"{missing[0]} is not there" if missing else "nothing there has an image of LocalAI"
    return (
        f"namespace {found.namespace}: {what}; it runs {there}; "
        "name what serves models with --workload"
    )


def _described(every: Iterable[Workload]) -> Iterator[str]:
    for one in every:
        yield f"{one.name} ({one.image})"
