"""A workload that runs LocalAI today: its pod, its server, and where the server keeps models."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from documents.problem import refusal
from gitops.adoption.running import Manifest, Running, items, mapping, mappings, name_of

_PREFIX = "LOCALAI_"
# The names that the documentation of earlier versions used next to those with the prefix.
_EARLIER = {"LOCALAI_API_KEY": ("API_KEY", "LOCALAI_API_KEYS", "API_KEYS")}


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A key of a Secret, by name; what it holds is not read."""

    secret: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Variables:
    """The variables of a container: text or a key of a Secret, and what cannot be inspected."""

    values: Mapping[str, str | SecretKey]
    sealed: tuple[str, ...]
    models: tuple[str, ...]

    def text(self, name: str) -> str | None:
        """Return the text of a variable with the prefix `LOCALAI_`, or of its earlier name."""
        for one in spellings(name):
            found = self.values.get(one)
            if isinstance(found, str) and found.strip():
                return found.strip()
        return None

    def number(self, name: str) -> int | None:
        """Return the whole number in a variable."""
        text = self.text(name) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def reference(self, name: str) -> SecretKey | None:
        """Return the key of a Secret that fills a variable."""
        found = (self.values.get(one) for one in spellings(name))
        return next((one for one in found if isinstance(one, SecretKey)), None)

    def is_on(self, name: str) -> bool:
        """Return whether a switch is on."""
        return (self.text(name) or "").lower() in ("1", "true", "yes", "on")


def spellings(name: str) -> tuple[str, ...]:
    """Return every name of a variable that a server reads."""
    return (name, name.removeprefix(_PREFIX), *_EARLIER.get(name, ()))


def variables(container: Manifest, config_maps: Mapping[str, Manifest]) -> Variables:
    """Return what a container was told."""
    flags, models = _arguments(container)
    values: dict[str, str | SecretKey] = {}
    sealed: list[str] = []
    for source in mappings(container.get("envFrom")):
        values |= _config_map_values(source, config_maps)
        if "secretRef" in source:
            sealed.append(str(mapping(source["secretRef"]).get("name", "")))
    for variable in mappings(container.get("env")):
        values |= dict(_variable(variable, config_maps))
    return Variables(values={**values, **flags}, sealed=tuple(sealed), models=models)


def _variable(
    variable: Manifest, config_maps: Mapping[str, Manifest]
) -> Iterator[tuple[str, str | SecretKey]]:
    name, source = str(variable.get("name", "")), mapping(variable.get("valueFrom"))
    secret, config = mapping(source.get("secretKeyRef")), mapping(source.get("configMapKeyRef"))
    if secret:
        yield name, SecretKey(secret=str(secret.get("name")), key=str(secret.get("key")))
    elif config:
        data = mapping(config_maps.get(str(config.get("name")), {}).get("data"))
        yield name, str(data.get(str(config.get("key")), ""))
    elif not source:
        yield name, str(variable.get("value") or "")


def _config_map_values(source: Manifest, config_maps: Mapping[str, Manifest]) -> dict[str, str]:
    name = str(mapping(source.get("configMapRef")).get("name", ""))
    data = mapping(config_maps.get(name, {}).get("data"))
    prefix = str(source.get("prefix") or "")
    return {f"{prefix}{key}": str(value) for key, value in data.items()}


def _arguments(container: Manifest) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the flags as the variables they stand for, and the models that are named, too."""
    words = _words(container)
    flags: dict[str, str] = {}
    models: list[str] = []
    while words:
        word = str(words.pop(0))
        name, has_value, value = word.partition("=")
        if not word.startswith("--"):
            models.append(word)
        elif has_value:
            flags[_name_of(name)] = value
        elif words and not str(words[0]).startswith("-"):
            flags[_name_of(name)] = str(words.pop(0))
        else:
            flags[_name_of(name)] = "true"
    return flags, tuple(one for one in models if not _BINARY.fullmatch(one) and one != "run")


_BINARY = re.compile(r"(\S*/)?local-?ai")
_SHELLS = re.compile(r"(\S*/)?(ba|da|a)?sh")


def _words(container: Manifest) -> list[str]:
    """Return the arguments of the server; of a shell's line, those of its last command."""
    words = [str(one) for key in ("command", "args") for one in items(container.get(key))]
    if words and _SHELLS.fullmatch(words[0]):
        line = next((one for one in words[1:] if not one.startswith("-")), "")
        try:
            words = shlex.split(re.split(r"&&|;|\n", line.strip())[-1])
        except ValueError:
            return []
    start = next((at for at, one in enumerate(words) if _BINARY.fullmatch(one)), None)
    return (
        words[start + 1 :]
        if start is not None
        else [str(one) for one in items(container.get("args"))]
    )


def _name_of(flag: str) -> str:
    return _PREFIX + flag.removeprefix("--").replace("-", "_").upper()


_IMAGE = re.compile(r"(^|/)local-?ai(:|@|\Z)")
_NOTHING: Manifest = {}
# The images of LocalAI before v3.1 kept models in the second of them.
_MODEL_FOLDERS = ("/models", "/build/models")


@dataclass(frozen=True)
class Workload:
    """A Deployment or a StatefulSet whose pods serve models."""

    manifest: Manifest
    config_maps: Mapping[str, Manifest]

    @property
    def name(self) -> str:
        return name_of(self.manifest)

    @property
    def title(self) -> str:
        """Return its kind and name, as kubectl takes them."""
        return f"{self.manifest['kind'].lower()}/{self.name}"

    @property
    def replicas(self) -> int:
        """Return its `spec.replicas`, 1 where it is not set."""
        wanted = self.manifest["spec"].get("replicas")
        return 1 if wanted is None else int(wanted)

    @property
    def pod(self) -> Manifest:
        """Return the specification of its pods."""
        return mapping(mapping(self.manifest["spec"].get("template")).get("spec"))

    @property
    def pod_labels(self) -> Mapping[str, str]:
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
        RefusedError: there is none.
    """
    wanted = set(named)
    every = [Workload(one, found.config_maps) for one in found.workloads]
    every = [one for one in every if mappings(one.pod.get("containers"))]
    chosen = [one for one in every if (one.name in wanted if wanted else _runs_localai(one))]
    missing = sorted(wanted - {one.name for one in chosen})
    if not chosen or missing:
        place = found.file or f"namespace {found.namespace}"
        raise refusal(place, *_complaint(found, every, missing))
    return tuple(sorted(chosen, key=lambda one: one.name))


def _runs_localai(workload: Workload) -> bool:
    return bool(_IMAGE.search(workload.image))


def _complaint(found: Running, every: Iterable[Workload], missing: list[str]) -> tuple[str, str]:
    there = ", ".join(_described(every))
    whole = f"nothing of namespace {found.namespace} in it" if found.file else "nothing in it"
    what = f"{missing[0]} is not there" if missing else f"{whole} has an image of LocalAI"
    if found.others and not missing:
        return (
            f"its LocalAI is {', '.join(found.others)}, which is not taken over",
            "only a Deployment or a StatefulSet is: render a chart with `helm template` first, and "
            "give what it prints",
        )
    if not there:
        cure = "check --namespace, or the file" if found.file else "check the namespace"
        return f"{what}, and it runs nothing", cure
    return f"{what}, and it runs {there}", "name what serves models with --workload"


def _described(every: Iterable[Workload]) -> Iterator[str]:
    for one in every:
        yield f"{one.name} ({one.image})"
