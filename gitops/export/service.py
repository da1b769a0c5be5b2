"""A container of a pod as a service of Compose: what it runs, reads, writes and may take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.network import model_registry
from components.network.chat_application import RESTORE_ROLE
from components.pool.containers import USER
from documents.quantity import quantity, whole_bytes
from gitops.export.left_out import LeftOut

Values = Mapping[str, Any]

# Folders of the server, from a file `.env` next to compose.yaml or from the variables of who runs.
DATA, SECRETS = "${LOCALAI_DATA:?set it in .env}", "${LOCALAI_SECRETS:?set it in .env}"
SERVER_CONTAINER, DOCUMENTS_CONTAINER = "server", "anythingllm"
# The images' own entry points (their Dockerfiles), by container, which a wrapper has to name.
_ENTRIES = {
    SERVER_CONTAINER: ["/entrypoint.sh"],
    DOCUMENTS_CONTAINER: ["/bin/bash", "/usr/local/bin/docker-entrypoint.sh"],
}
# Of a Job that installs engines: where to.
_ENGINES = "LOCALAI_BACKENDS_PATH"
# Said by whoever restores; where nothing is said, nothing is replaced.
_SAID = {"RESTORE_FROM": "list", "RESTORE_OVER": "nothing"}
_RESTORES = (RESTORE_ROLE, model_registry.RESTORE_ROLE)
# Where a pod leaves its last words for the kubelet, which nothing reads here.
_NOWHERE = {"/dev/termination-log": "/dev/null"}
_MIB = 2**20
# An empty folder up to this size is memory; scratch of a server fills slowly (docs/storage.md).
_MEMORY_FOLDER = 2**30
_ROTATED = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod template of a stack: its containers become services that share a first name.

    `maps` are the ConfigMaps of the stack by name, `once` tells a Job from a server, `profile` is
    of what runs when it is asked alone, and `shared` are the empty folders that more than one of
    its containers mounts.
    """

    name: str
    spec: Values
    maps: Mapping[str, Values]
    once: bool
    profile: str = ""

    @property
    def shared(self) -> frozenset[str]:
        """Return the empty folders that more than one container mounts."""
        every = [*self.spec.get("initContainers", ()), *self.spec["containers"]]
        seen = [mount["name"] for one in every for mount in one.get("volumeMounts", ())]
        empty = {one["name"] for one in self.spec.get("volumes", ()) if "emptyDir" in one}
        return frozenset(name for name in empty if seen.count(name) > 1)

    @property
    def owner(self) -> int:
        """Return the user and group that own what the pod writes."""
        return int(self.spec.get("securityContext", {}).get("runAsUser", 0))


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder below the data of the server; what is `scratch` is emptied before it is used."""

    path: str
    owner: int
    scratch: bool = False


@dataclass(kw_only=True)
class Found:
    """What containers turned out to need, gathered on the way: folders, secrets, and left-outs."""

    folders: set[Folder] = field(default_factory=set[Folder])
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    files: set[str] = field(default_factory=set[str])


def service(pod: Pod, container: Values, found: Found) -> dict[str, Any]:
    """Return one container as a service, with nothing said yet of its network and its order."""
    variables, hidden = _environment(container, found)
    if pod.profile in _RESTORES:
        said = {name: f"${{{name}:-{value}}}" for name, value in _SAID.items()}
        variables |= {name: said[name] for name in variables if name in said}
    entry, command = _run(container, hidden)
    if pod.once and _ENGINES in variables:
        entry, command = _once(variables[_ENGINES], [*(entry or ()), *(command or ())])
    user, secrets = pod.owner, _secrets(pod, container, found)
    made: dict[str, Any] = {
        "image": container["image"],
        "entrypoint": entry,
        "command": command,
        "working_dir": container.get("workingDir"),
        "user": f"{user}:{user}" if user else None,
        "environment": variables,
        "secrets": secrets,
        # The files of secrets belong to the group of servers.
        "group_add": [str(USER)] if secrets and user != USER else [],
        "volumes": list(_volumes(pod, container, found)),
        "read_only": container.get("securityContext", {}).get("readOnlyRootFilesystem", True),
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "no" if pod.once else "unless-stopped",
        "profiles": [pod.profile] if pod.profile else [],
        "logging": _ROTATED,
        "deploy": {"resources": {"limits": _limits(pod, container, found)}},
    }
    return {key: value for key, value in made.items() if value not in (None, [], {})}


def _once(folder: str, command: list[str]) -> tuple[list[str], list[str]]:
    """Return how an engine is installed once: `up` starts again what has ended.

    LocalAI would install it anew, below the servers that run it.
    """
    root, name = folder.partition("/engines/")[::2]
    mark = f"{root}/.engines/{name}-{command[-1]}"
    script = 'test ! -e "$$0" || exit 0\n"$$@"\nmkdir -p "$${0%/*}"\n: > "$$0"\n'
    return ["/bin/sh", "-ec", script, mark], command


def _environment(container: Values, found: Found) -> tuple[dict[str, str], dict[str, str]]:
    """Return the variables with their values, and those that a file holds by their shell words.

    Kubernetes puts a variable into a later one where that says `$(NAME)`.
    """
    plain: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for one in container.get("env", ()):
        name, source = one["name"], one.get("valueFrom", {})
        if reference := source.get("secretKeyRef"):
            secret = _secret(reference["name"], reference["key"], found)
            hidden[name] = f"$(cat /run/secrets/{secret})"
        elif source:
            why = "nothing tells a container this"
            found.left_out.append(LeftOut(what=f"variable {name}", why=why))
        elif any(f"$({known})" in one.get("value", "") for known in hidden):
            text = one["value"]
            for known in hidden:
                text = text.replace(f"$({known})", f"${{{known}}}")
            hidden[name] = text
        else:
            plain[name] = _literal(one.get("value", ""))
    return plain, hidden


def _literal(text: str) -> str:
    """Return text that Compose takes for itself: a dollar sign begins a variable there."""
    return text.replace("$", "$$")


def _secret(name: str, key: str, found: Found) -> str:
    secret = f"{name}.{key}"
    found.secrets[secret] = f"{name}/{key}"
    return secret


def _run(container: Values, hidden: Mapping[str, str]) -> tuple[list[str] | None, list[str] | None]:
    """Return entry point and command; what is secret is read from its file by a shell before."""
    command = [_literal(_NOWHERE.get(str(one), str(one))) for one in container.get("command", ())]
    words = [*map(_literal, container.get("args", ()))]
    if not hidden:
        return command or None, words or None
    if not command:
        command = [*_ENTRIES.get(container["name"], ())]
    script = [f'{name}="{_literal(text)}"; export {name}' for name, text in hidden.items()]
    wrapper = "\n".join([*script, 'exec "$$@"'])
    return ["/bin/sh", "-ec", wrapper, "sh"], [*command, *words]


def _secrets(pod: Pod, container: Values, found: Found) -> list[Any]:
    """Return the secrets that a container reads: in variables, or as files where a pod has them."""
    references = (one.get("valueFrom", {}).get("secretKeyRef") for one in container.get("env", ()))
    named: list[Any] = [_secret(one["name"], one["key"], found) for one in references if one]
    for mount, volume in _mounted(pod, container):
        for item in volume.get("secret", {}).get("items", ()):
            source = _secret(volume["secret"]["secretName"], item["key"], found)
            named.append({"source": source, "target": f"{mount['mountPath']}/{item['path']}"})
    return named


def _mounted(pod: Pod, container: Values) -> Iterator[tuple[Values, Values]]:
    volumes = {one["name"]: one for one in pod.spec.get("volumes", ())}
    for mount in container.get("volumeMounts", ()):
        yield mount, volumes.get(mount["name"], {})


def _volumes(pod: Pod, container: Values, found: Found) -> Iterator[dict[str, Any]]:
    for mount, volume in _mounted(pod, container):
        made = _volume(pod, mount, volume, found)
        for one in made:
            read = {"read_only": True} if mount.get("readOnly") else {}
            yield {**one, **read}


def _volume(pod: Pod, mount: Values, volume: Values, found: Found) -> list[dict[str, Any]]:
    target, below = mount["mountPath"], mount.get("subPath", "")
    if claim := volume.get("persistentVolumeClaim"):
        return [_folder(pod, "/".join(filter(None, (claim["claimName"], below))), target, found)]
    if "configMap" in volume:
        return _config(pod, volume["configMap"], target, found)
    if image := volume.get("image"):
        part = {"image": {"subpath": below}} if below else {}
        return [{"type": "image", "source": image["reference"], "target": target, **part}]
    if "emptyDir" in volume:
        return [_empty(pod, volume, target, found)]
    if "ephemeral" in volume:
        # A Job has a new one each time, a server keeps what it holds.
        top = f"scratch/{pod.name}-{mount['name']}" if pod.once else f"cache/{pod.name}"
        path = "/".join(filter(None, (top, below)))
        return [_folder(pod, path, target, found, scratch=pod.once)]
    if "secret" not in volume:
        what = f"volume {mount['name']} of {pod.name}"
        found.left_out.append(LeftOut(what=what, why="a server has no such volume"))
    return []


def _folder(
    pod: Pod, path: str, target: str, found: Found, *, scratch: bool = False
) -> dict[str, Any]:
    found.folders.add(Folder(path=path, owner=pod.owner, scratch=scratch))
    return {"type": "bind", "source": f"{DATA}/{path}", "target": target}


def _config(pod: Pod, source: Values, target: str, found: Found) -> list[dict[str, Any]]:
    name, items = source["name"], source.get("items", ())
    # What is not of the stack a person brings, as into a cluster.
    top = f"./config/{name}" if name in pod.maps else f"{SECRETS}/{name}"
    if name not in pod.maps:
        found.files.update(f"{name}/{item['key']}" for item in items)
    if not items:
        return [{"type": "bind", "source": top, "target": target}]
    return [
        {"type": "bind", "source": f"{top}/{one['key']}", "target": f"{target}/{one['path']}"}
        for one in items
    ]


def _empty(pod: Pod, volume: Values, target: str, found: Found) -> dict[str, Any]:
    """Return an empty folder: memory, or a folder of the server where it is large or shared."""
    name, limit = volume["name"], volume["emptyDir"].get("sizeLimit")
    size = whole_bytes(limit) if limit else _MEMORY_FOLDER
    if name in pod.shared or pod.once:
        if volume["emptyDir"].get("medium") == "Memory":
            why = "it is on the server's disk, where a pod has it in memory"
            found.left_out.append(LeftOut(what=f"folder {name} of {pod.name}", why=why))
        # A server's is never emptied: `up` prepares again while the server runs.
        return _folder(pod, f"scratch/{pod.name}-{name}", target, found, scratch=pod.once)
    if size > _MEMORY_FOLDER:
        why = "it is 1 GiB of memory, by which the container's limit is higher"
        found.left_out.append(LeftOut(what=f"folder {target} of {pod.name}", why=why))
    held = min(size, _MEMORY_FOLDER)
    return {"type": "tmpfs", "target": target, "tmpfs": {"size": held, "mode": 0o1777}}


def _limits(pod: Pod, container: Values, found: Found) -> dict[str, Any]:
    limits = container.get("resources", {}).get("limits", {})
    made: dict[str, Any] = {}
    if cpu := limits.get("cpu"):
        made["cpus"] = f"{float(quantity(cpu)):g}"
    if memory := limits.get("memory"):
        made["memory"] = f"{(whole_bytes(memory) + _in_memory(pod, container)) // _MIB}m"
    if "ephemeral-storage" in limits:
        why = "nothing limits what a container writes to the server's disk"
        found.left_out.append(LeftOut(what="ephemeral-storage", why=why))
    return made


def _in_memory(pod: Pod, container: Values) -> int:
    """Return the bytes of memory that its largest empty folder may take."""
    sizes = [
        whole_bytes(volume["emptyDir"].get("sizeLimit", "1Gi"))
        for _, volume in _mounted(pod, container)
        if "emptyDir" in volume and volume["name"] not in pod.shared and not pod.once
    ]
    return min(max(sizes, default=0), _MEMORY_FOLDER)
