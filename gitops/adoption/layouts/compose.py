"""Files of Docker Compose, `docker run` commands and `.env` files: servers on one machine."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from documents.problem import KeyPath, refusal
from documents.shown import without_secrets
from gitops.adoption.layouts.layout import Layout, ServerDraft, variables
from gitops.adoption.remark import Remark, changed, lost, unknown
from gitops.adoption.running import items, mapping, mappings

_IMAGE = re.compile(r"(^|/)local-?ai(:|@|\Z)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::?([-?+])([^}]*))?\}|\$([A-Za-z_]\w*)")
_PAIR = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_BYTES = re.compile(r"([0-9]{1,9})(?:\.[0-9]+)?\s*([kmg]?)(?:i?b)?", re.IGNORECASE)
_UNITS = {"": "", "k": "Ki", "m": "Mi", "g": "Gi"}
# What Compose does and a pool does by itself, or what only one machine has.
_BY_ITSELF_WORDS = """
    image command entrypoint environment volumes deploy gpus runtime scale env_file
"""
_BY_ITSELF = frozenset(_BY_ITSELF_WORDS.split())
_WAITS_WORDS = """
    restart healthcheck depends_on container_name tty stdin_open pull_policy networks ports expose
    labels hostname platform logging
"""
_WAITS = frozenset(_WAITS_WORDS.split())
_MODELS = ("/models", "/build/models")
_DEVICES = {"/dev/kfd": "amd.com/gpu", "/dev/dri": "gpu.intel.com/i915"}

# What `docker run` starts.
_CONTAINER = "Container"


def compose_layout(document: Mapping[str, Any], name: str, kind: str = "Compose") -> Layout:
    """Return what a Compose file says; `kind` is what starts its services.

    Raises:
        RefusedError: nothing in it has an image of LocalAI.
    """
    services = {str(key): mapping(one) for key, one in mapping(document.get("services")).items()}
    ours = {
        key: one for key, one in services.items()
        if _IMAGE.search(filled(str(one.get("image") or "")))
    }  # fmt: skip
    if not ours and kind == _CONTAINER:
        cause = "the `docker run` command names no image of LocalAI"
        raise refusal(name, cause, "give the command that starts LocalAI")
    if not ours:
        cause = f"no service in it has an image of LocalAI; it has {', '.join(services) or 'none'}"
        raise refusal(name, cause, "give the file that starts LocalAI")
    made = {key: _server(kind, key, one) for key, one in ours.items()}
    remarks = [
        remark for key, one in ours.items() for remark in _about(f"{kind.lower()}/{key}", one)
    ]
    remarks += [
        lost(f"services.{key}", "is not LocalAI, and stays in its Compose file")
        for key in services
        if key not in ours
    ]
    return Layout(
        form="Compose file",
        workloads=tuple(one.manifest() for one in made.values()),
        remarks=tuple(remarks),
        document=document,
        folders=tuple(
            source for one in ours.values() for source, target in _mounts(one)
            if target in _MODELS and source.startswith((".", "/", "~"))
        ),
    )  # fmt: skip


def _server(kind: str, name: str, service: Mapping[str, Any]) -> ServerDraft:
    arguments = service.get("command")
    words = _words(arguments) if isinstance(arguments, str) else map(str, items(arguments))
    deploy = mapping(service.get("deploy"))
    count = deploy.get("replicas", service.get("scale", 1))
    return ServerDraft(
        kind=kind,
        name=name,
        image=filled(str(service.get("image") or "")),
        variables=tuple(variables({k: filled(v) for k, v in environment(service).items()})),
        arguments=tuple(filled(word) for word in words),
        mounts=tuple(target for _, target in _mounts(service)),
        limits=dict(_limits(service)),
        replicas=count if isinstance(count, int) and 0 <= count <= 1000 else 1,
    )


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return []


def filled(text: str) -> str:
    """Return a text with the defaults of its variables; those without one are left out."""
    return _VARIABLE.sub(lambda found: found[3] or "" if found[2] == "-" else "", text)


def environment(service: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of a service by name, from either form."""
    said = service.get("environment")
    found: dict[str, str] = {}
    for key, value in mapping(said).items():
        found[str(key)] = str(value).lower() if isinstance(value, bool) else str(value or "")
    for one in items(said):
        name, has_value, value = str(one).partition("=")
        if has_value:
            found[name.strip()] = value
    return found


def _mounts(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the source and the target of each volume."""
    for one in items(service.get("volumes")):
        if isinstance(one, str):
            source, _, rest = one.partition(":")
            target = rest.partition(":")[0] or source
        else:
            source = str(mapping(one).get("source") or "")
            target = str(mapping(one).get("target") or "")
        if target:
            yield filled(source), filled(target).rstrip("/")


def _limits(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    resources = mapping(mapping(service.get("deploy")).get("resources"))
    limits = {**mapping(resources.get("reservations")), **mapping(resources.get("limits"))}
    processors = str(limits.get("cpus") or service.get("cpus") or "")
    if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", processors):
        yield "cpu", processors
    found = _BYTES.fullmatch(str(limits.get("memory") or service.get("mem_limit") or ""))
    if found:
        yield "memory", f"{found[1]}{_UNITS[found[2].lower()]}"
    yield from _gpus(service)


def _gpus(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    resources = mapping(mapping(service.get("deploy")).get("resources"))
    devices = mappings(mapping(resources.get("reservations")).get("devices"))
    for one in (*devices, *mappings(service.get("gpus"))):
        if "gpu" in map(str, items(one.get("capabilities"))) or one.get("driver") == "nvidia":
            counted = one.get("count")
            many = counted if isinstance(counted, int) else len(items(one.get("device_ids")))
            yield "nvidia.com/gpu", str(max(1, min(many, 64)))
            return
    if service.get("gpus") or service.get("runtime") == "nvidia":
        yield "nvidia.com/gpu", "1"
        return
    paths = [str(one).partition(":")[0] for one in items(service.get("devices"))]
    for path, resource in _DEVICES.items():
        if any(one.startswith(path) for one in paths):
            yield resource, "1"
            return


def _about(at: str, service: Mapping[str, Any]) -> Iterator[Remark]:
    text = str({key: one for key, one in service.items() if key in _BY_ITSELF})
    bare = sorted({one[1] or one[4] for one in _VARIABLE.finditer(text) if one[2] != "-"})
    if bare:
        cure = "write their values into the file, and migrate it again"
        yield unknown(at, f"{', '.join(bare)} come from the shell or `.env`, not read here", cure)
    if service.get("env_file"):
        yield unknown(at, "env_file is not read", "migrate that file too: it has its own models")
    if service.get("ports"):
        cure = "declare `localai:exposure`, or `kubectl port-forward service/localai-<pool> 8080`"
        yield changed(at, "ports are not opened on a machine: a pool has a Service at 8080", cure)
    waits = sorted(_WAITS & service.keys() - {"ports"})
    if waits:
        yield changed(at, f"{', '.join(waits)}: as in every pool")
    others = sorted(map(str, service.keys() - _WAITS - _BY_ITSELF - {"devices", "cpus"}))
    if others:
        yield lost(at, f"{', '.join(others)[:200]}: no key in a pool says that")
    if any(mapping(one).get("count") in ("all", -1) for one in _devices(service)) or (
        service.get("gpus") == "all"
    ):
        yield changed(at, "all GPUs of a machine become one", "set `gpus` of the pool for more")


def _devices(service: Mapping[str, Any]) -> tuple[Any, ...]:
    resources = mapping(mapping(service.get("deploy")).get("resources"))
    return items(mapping(resources.get("reservations")).get("devices"))


_RUN = re.compile(
    r"(?m)^[ \t]*(?:sudo[ \t]+)?(?:docker|podman|nerdctl)[ \t]+(?:container[ \t]+)?run\b"
)
# Options of `docker run` that take no value.
_SWITCHES_WORDS = """
    --rm --detach --interactive --tty --init --privileged --read-only --publish-all --help
"""
_SWITCHES = frozenset(_SWITCHES_WORDS.split())
_GOES_ON, _LONGEST_LINE = "\v", 20_000
_LETTERS = re.compile(r"-[dit]+\Z")
_MEANS = {
    "-e": "environment", "--env": "environment", "-v": "volumes", "--volume": "volumes",
    "-p": "ports", "--publish": "ports", "--device": "devices",
}  # fmt: skip


def is_run(text: str) -> bool:
    """Return whether a text starts a container by a command."""
    return _RUN.search(text) is not None


def run_layout(text: str, name: str) -> Layout:
    """Return what `docker run` commands in a text say, one service each.

    Raises:
        RefusedError: none of them starts LocalAI.
    """
    # A line goes on after a backslash; what is in place of its end keeps the lines counted.
    joined = re.sub(r"\\\r?\n", _GOES_ON, text)
    services: dict[str, Any] = {}
    lines: dict[KeyPath, int] = {}
    for found in _RUN.finditer(joined):
        line = joined[found.end() :].partition("\n")[0]
        service = _run(_words(line[:_LONGEST_LINE].replace(_GOES_ON, " ")))
        title = str(service.pop("container_name", "") or f"localai-{len(services) + 1}")
        services[without_secrets(title)] = service
        before = joined[: found.start()]
        number = before.count("\n") + before.count(_GOES_ON) + 1
        lines[("services", without_secrets(title))] = number
    made = compose_layout({"services": services}, name, _CONTAINER)
    return replace(made, form="docker run", lines=lines)


# Options that give a service one value, by the key of Compose.
_ONE = {
    "--name": "container_name", "--gpus": "gpus", "--runtime": "runtime", "--cpus": "cpus",
    "--memory": "mem_limit", "-m": "mem_limit", "--env-file": "env_file",
}  # fmt: skip


def _run(words: list[str]) -> dict[str, Any]:
    """Return the words of a command as a service of Compose."""
    service: dict[str, Any] = {name: [] for name in _MEANS.values()}
    left = [without_secrets(word) for word in words]
    while left and left[0].startswith("-"):
        word = left.pop(0)
        option, has_value, value = word.partition("=")
        if option in _SWITCHES or _LETTERS.match(word):
            continue
        if not has_value:
            value = left.pop(0) if left else ""
        if option in _MEANS:
            service[_MEANS[option]].append(value)
        elif option in _ONE:
            service[_ONE[option]] = value
    image, *command = left or [""]
    service |= {"image": image, "command": command}
    return {key: one for key, one in service.items() if one}


_TELLING = re.compile(
    r"(?m)^(?:export )?(?:LOCALAI_[A-Z_]+|THREADS|MODELS_PATH|CONTEXT_SIZE|PRELOAD_MODELS|GALLERIES"
    r"|REBUILD|MODELS|BUILD_TYPE)="
)


def is_variables(text: str) -> bool:
    """Return whether a text is a list of variables, and one of them is LocalAI's."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and line[0] != "#"]
    return all(_PAIR.match(line.removeprefix("export ")) for line in lines) and bool(
        _TELLING.search(text)
    )


def variables_layout(text: str) -> Layout:
    """Return what a list of variables tells a server."""
    said: dict[str, str] = {}
    lines: dict[KeyPath, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        found = _PAIR.match(line.strip().removeprefix("export "))
        if found and not line.lstrip().startswith("#"):
            value = found[2].strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            said[found[1]] = without_secrets(value[1:-1] if quoted else value)
            lines[(found[1],)] = number
    made = ServerDraft(
        kind="Variables", name="localai",
        variables=tuple(variables({key: filled(value) for key, value in said.items()})),
    )  # fmt: skip
    return Layout(
        form="list of variables", workloads=(made.manifest(),), document=said, lines=lines
    )
