"""Models a server fetches by itself at start: gallery names and addresses, no definitions."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from gitops.adoption.address import is_address
from gitops.adoption.entries import Entry
from gitops.adoption.remark import Remark, lost
from gitops.adoption.running import items, mappings
from gitops.adoption.workload import Workload

_ADDRESS = re.compile(r"https?://[^\s,;\"'\\]+")
_COPY = (
    "its definition lies on the claim: copy it with `{kubectl} exec {workload} -- "
    "cat {folder}/NAME.yaml` into a folder, and name that folder with --models"
)


def requested(workload: Workload, kubectl: str) -> tuple[tuple[Entry, ...], tuple[Remark, ...]]:
    """Return entries for the files a server is told to fetch, and remarks on gallery names."""
    entries: list[Entry] = []
    remarks: list[Remark] = []
    cure = _COPY.format(kubectl=kubectl, workload=workload.title, folder=workload.models_folder)
    for source, name, keys in _wishes(workload):
        if keys:
            entries.append(Entry(source=source, keys=keys))
        else:
            remarks.append(lost(f"{source}: {name}", "is the name of a gallery's model", cure))
    return tuple(entries), tuple(remarks)


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
        address, name = str(preload.get("url") or preload.get("id") or ""), preload.get("name")
        yield "variable PRELOAD_MODELS", str(name or "").strip() or _shown(address), {}


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
    try:
        return mappings(json.loads(workload.variables.text("LOCALAI_PRELOAD_MODELS") or "[]"))
    except ValueError:
        return ()
