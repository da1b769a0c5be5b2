"""Model entries as a server was given them: single documents, lists, and a `models:` wrapper."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from documents.foreign import foreign_json, foreign_yaml, hidden
from documents.problem import RefusedError
from gitops.adoption.files import is_address
from gitops.adoption.remark import Remark, lost
from gitops.adoption.running import Manifest, items, mapping, mappings
from gitops.adoption.workload import Workload
from localai.tables.all_in_one import built_in

_ENDINGS = (".yaml", ".yml")
_TEMPLATE = ".tmpl"
# Keys that tell a model entry from any other YAML.
_TELLING = {"name", "parameters", "backend", "download_files", "alias", "url"}
# Keys of a list below `models:`, which LocalAI never read, that say where a file comes from.
_ADDRESSES = ("url", "uri", "source")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry: where it stands, its keys, and whether the server reads it today.

    `find` says how to find its file of weights, where nothing there names one.
    """

    source: str
    keys: Mapping[str, Any]
    is_read: bool = True
    find: str = ""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Every entry a workload was given, their prompt templates, and what was not a model."""

    entries: tuple[Entry, ...]
    templates: Mapping[str, str]
    remarks: tuple[Remark, ...]


def sources(workload: Workload) -> Sources:
    """Return the model entries in the ConfigMaps that a workload mounts."""
    entries: list[Entry] = []
    templates: dict[str, str] = {}
    remarks: list[Remark] = []
    for name in mounted(workload):
        data = mapping(workload.config_maps.get(name, {}).get("data"))
        for key, text in data.items():
            source = f"ConfigMap {name}, {key}"
            if key.endswith(_TEMPLATE):
                templates[key.removesuffix(_TEMPLATE)] = str(text)
                continue
            try:
                found = tuple(_entries(source, str(text), is_read=_is_read(workload, name, key)))
            except RefusedError as error:
                remarks += [lost(source, one.cause, one.cure) for one in error.problems]
                continue
            entries += found
            if not found and key.endswith(_ENDINGS):
                remarks.append(lost(source, "holds no model"))
    return Sources(entries=tuple(entries), templates=templates, remarks=tuple(remarks))


def entries_of(source: str, text: str) -> tuple[Entry, ...]:
    """Return the model entries in a text.

    Raises:
        RefusedError: it is no YAML, or larger than any model entry.
    """
    return tuple(_entries(source, text, is_read=True))


def _entries(source: str, text: str, *, is_read: bool) -> Iterator[Entry]:
    for document in foreign_yaml(text.encode(), name=source):
        # What was hidden in the text may stand there in escapes of YAML.
        yield from entries_in(source, hidden(document), is_read=is_read)


def entries_in(source: str, document: Any, *, is_read: bool = True) -> Iterator[Entry]:
    """Yield the entries in a document: one, a list of them, or a list below `models:`."""
    wrapped = mappings(mapping(document).get("models"))
    # A list below `models:` is no format of LocalAI: the server sees an entry without a name.
    listed = wrapped or mappings(document) or mappings([document])
    for keys in listed:
        if _TELLING & keys.keys():
            yield _entry(source, _plain(keys), is_read=is_read and not wrapped)


def _entry(source: str, keys: dict[str, Any], *, is_read: bool) -> Entry:
    """Return an entry; one that says where its file comes from has the file in its place."""
    address = next((str(keys[key]) for key in _ADDRESSES if keys.get(key)), "")
    if not address or keys.get("download_files"):
        return Entry(source=source, keys=keys, is_read=is_read)
    name, made = applied({"files": None, **keys, "url": address})
    rest = {key: one for key, one in keys.items() if key not in (*_ADDRESSES, *_APPLIED)}
    if not made:
        find = finding(name)
        return Entry(source=source, keys={**rest, "name": name}, is_read=is_read, find=find)
    for file in mappings(made["download_files"]):
        if keys.get("sha256") and file.get("uri") == address:
            made["download_files"] = [{**file, "sha256": keys["sha256"]}]
    # What the server would call the file is what its address calls it.
    parameters = {**mapping(rest.get("parameters")), **mapping(made["parameters"])}
    found = {**made, **rest, "parameters": parameters}
    return Entry(source=source, keys=found, is_read=is_read)


# Keys of a request to a gallery.
_APPLIED = ("id", "files", "overrides", "sha256", "gallery")


def _plain(keys: Manifest) -> dict[str, Any]:
    # YAML 1.1 reads a bare `on` as true, and numbers as numbers, even in a key.
    return {str(key): value for key, value in keys.items()}


def mounted(workload: Workload) -> tuple[str, ...]:
    """Return the ConfigMaps among the volumes of a workload's pods, each once."""
    found: dict[str, None] = {}
    for volume in mappings(workload.pod.get("volumes")):
        projected = mappings(mapping(volume.get("projected")).get("sources"))
        for source in (volume, *projected):
            name = str(mapping(source.get("configMap")).get("name"))
            if name in workload.config_maps:
                found[name] = None
    return tuple(found)


def _is_read(workload: Workload, config_map: str, key: str) -> bool:
    """Return whether the server sees a key: in its models folder, as its list, or copied there."""
    volumes = [
        one.get("name")
        for one in mappings(workload.pod.get("volumes"))
        if config_map in str(one.get("configMap", "")) + str(one.get("projected", ""))
    ]
    listed = workload.variables.text("LOCALAI_MODELS_CONFIG_FILE") or ""
    for mount in workload.mounts:
        if mount.get("name") not in volumes:
            continue
        path = str(mount.get("mountPath", "")).rstrip("/")
        whole = path if mount.get("subPath") else f"{path}/{key}"
        folder, _, file = whole.rpartition("/")
        if whole == listed or (folder == workload.models_folder and file.endswith(_ENDINGS)):
            return True
    return any(
        mount.get("name") in volumes
        for container in mappings(workload.pod.get("initContainers"))
        for mount in mappings(container.get("volumeMounts"))
    )


_ADDRESS = re.compile(r"https?://[^\s,;\"'\\]+")
_COPY = (
    "its definition lies on the claim: copy it with `{kubectl} exec {workload} -- "
    "cat {folder}/NAME.yaml` into a folder, and name that folder with --models"
)


def requested(workload: Workload, kubectl: str) -> tuple[tuple[Entry, ...], tuple[Remark, ...]]:
    """Return entries for the files a server is told to fetch, and remarks on gallery names.

    Where no cluster is asked, `kubectl` is empty: such a name is an entry without a file.
    """
    entries: list[Entry] = []
    remarks: list[Remark] = []
    folder = shlex.quote(workload.models_folder)
    cure = _COPY.format(kubectl=kubectl, workload=workload.title, folder=folder)
    for source, name, keys in _wishes(workload):
        if keys:
            entries.append(Entry(source=source, keys=keys))
        elif not kubectl:
            plain = re.sub(r"\.ya?ml$", "", name.rpartition("/")[2])
            entries.append(Entry(source=source, keys={"name": plain}, find=finding(plain)))
        else:
            remarks.append(lost(f"{source}: {name}", "is the name of a gallery's model", cure))
    return tuple(entries), tuple(remarks)


def finding(name: str) -> str:
    """Return what to do about a model of which only the name is known."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("._-") or "NAME"
    return (
        "find a repository on the hub that has it as one GGUF file, then "
        f"`localai-gitops models add huggingface://OWNER/REPOSITORY --name {plain}`"
    )


def fetched_files(workload: Workload) -> Mapping[str, str]:
    """Return the https addresses that init containers fetch, by file name.

    An address with a user name or a query is left out: it may be a password.
    """
    found: dict[str, str] = {}
    for container in mappings(workload.pod.get("initContainers")):
        words = [*items(container.get("command")), *items(container.get("args"))]
        words += [one.get("value") or "" for one in mappings(container.get("env"))]
        for match in _ADDRESS.finditer(" ".join(map(str, words))):
            address = match[0]
            parts = urlsplit(address)
            if not parts.username and not parts.query and "/" in parts.path:
                found[parts.path.rpartition("/")[2]] = address
    return found


def _wishes(workload: Workload) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield where a wish stands, how it names the model, and an entry for it if it is a file."""
    listed = re.split(r"[,;\s]+", workload.variables.text("LOCALAI_MODELS") or "")
    for name in filter(None, listed):
        yield "variable MODELS", *_wish(name)
    for name in workload.variables.models:
        yield "argument", *_wish(name)
    for preload in _preloads(workload):
        yield "variable PRELOAD_MODELS", *applied(preload)
    if not listed[0] and not workload.variables.models:
        for keys in built_in(workload.image):
            yield f"image {workload.image}", str(keys["name"]), dict(keys)


def applied(request: Manifest) -> tuple[str, dict[str, Any]]:
    """Return what a request to a gallery names its model, and an entry if it says the files."""
    address = str(request.get("url") or request.get("id") or "")
    name = str(request.get("name") or "").strip()
    shown, keys = _wish(address)
    files = [
        one for one in mappings(request.get("files")) if one.get("filename") and one.get("uri")
    ]
    overrides = _plain(mapping(request.get("overrides")))
    if files:
        main = {"parameters": {"model": str(files[0]["filename"])}}
        keys = {"name": shown, **main, "download_files": [dict(one) for one in files]}
    if not keys:
        return name or shown, {}
    return name or shown, {**keys, **overrides, **({"name": name} if name else {})}


def _wish(name: str) -> tuple[str, dict[str, Any]]:
    file = name.partition("@")[0].rpartition("/")[2]
    if not is_address(name) or not file.endswith((".gguf", ".bin", ".safetensors")):
        return _shown(name), {}
    fetched = {"filename": file, "uri": name}
    keys = {"name": file.rpartition(".")[0], "parameters": {"model": file}}
    return _shown(name), {**keys, "download_files": [fetched]}


def _shown(address: str) -> str:
    # What stands before an @ or behind a question mark may be a password.
    return address.partition("?")[0].rpartition("@")[2]


def _preloads(workload: Workload) -> tuple[Mapping[str, Any], ...]:
    text = workload.variables.text("LOCALAI_PRELOAD_MODELS") or "[]"
    try:
        return mappings(hidden(foreign_json(text.encode(), name="LOCALAI_PRELOAD_MODELS")))
    except RefusedError:
        return ()
