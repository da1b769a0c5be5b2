"""What a stack file declares of a registry's versions, and whether the registry says the same."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from documents.problem import Problem, RefusedError, refusal
from gitops.adapters.mlflow.registry import FILE
from gitops.registry.versions import METRICS, Version, share, written
from settings.file import StackFile, read_stack_file, stack_names
from settings.served import ServedVersion

_READY = "READY"
# The stacks that declare a version, by model and number.
Declared = Mapping[tuple[str, int], Sequence[str]]


def served(file: StackFile) -> dict[str, ServedVersion]:
    """Return the versions that a stack declares, by their names there."""
    return {name: one.proven(name) for name, one in file.settings.served_models.items()}


def versions_declared(root: Path) -> tuple[Declared, list[Problem]]:
    """Return which stacks of a checkout declare which versions, and why some cannot be read."""
    found: dict[tuple[str, int], list[str]] = {}
    broken: list[Problem] = []
    for stack in stack_names(root):
        try:
            file = read_stack_file(root, stack)
        except RefusedError as error:
            broken += error.problems
            continue
        for one in served(file).values():
            found.setdefault((one.model or "", one.version), []).append(stack)
    return found, broken


def entry(name: str, label: str, found: Version, files: Mapping[str, int]) -> dict[str, Any]:
    """Return the keys of a served model that say which version it is.

    Raises:
        RefusedError: the version lacks a tag that is declared, or its file is gone or another.
    """
    place = f"models:/{name}/{found.number}"
    if lacking := next(_lacking(found), ""):
        cure = "register its file: `localai-gitops registry register`"
        raise refusal(place, f"has no {lacking}, which a stack file declares", cure)
    file = _file(files)
    if wrong := next(_of_file(file, found.size or 0, files), ""):
        raise refusal(place, wrong, "register its file again, as another version")
    shares = {one: written(value) for one in METRICS if (value := found.metric(one)) is not None}
    return {
        **({"model": name} if name != label else {}),
        "version": found.number, "semver": str(found.semver), "digest": found.digest,
        "size": found.size, **({"file": file} if file != FILE else {}), "metrics": shares,
    }  # fmt: skip


def _lacking(found: Version) -> Iterator[str]:
    if found.row.status != _READY:
        yield f"status {_READY}: it is {found.row.status or 'none'}"
    known = {"semver": found.semver, "digest": found.digest, "size": found.size,
             **{name: found.metric(name) for name in METRICS}}  # fmt: skip
    yield from (name for name, value in known.items() if value is None or value == "")


def _file(files: Mapping[str, int]) -> str:
    onnx = [name for name in files if name.endswith(".onnx")]
    return onnx[0] if len(onnx) == 1 else FILE


def _of_file(file: str, size: int, files: Mapping[str, int]) -> Iterator[str]:
    if file not in files:
        yield f"has no {file} in the artifact store: it is gone"
    elif files[file] != size:
        yield f"has {files[file]} bytes of {file} in the artifact store, not {size}"


def disagreements(
    declared: ServedVersion, found: Version | None, files: Mapping[str, int]
) -> Iterator[str]:
    """Yield what the registry says otherwise than a stack file: a version is never changed."""
    if found is None:
        yield "is not in the registry: it was deleted, or never was there"
        return
    if found.row.status != _READY:
        yield f"is {found.row.status or 'of no status'} in the registry, not {_READY}"
    said = {
        "semver": (declared.semver, str(found.semver or "")),
        "digest": (declared.digest, found.digest),
        "size": (str(declared.size), str(found.size or "")),
    }
    for key, (ours, theirs) in said.items():
        if ours != theirs:
            yield f"has {key} {theirs or 'none'} in the registry, not {ours}"
    for name in METRICS:
        ours, theirs = share(declared.metrics.get(name, "")), found.metric(name)
        if ours is not None and ours != theirs:
            yield f"has {name} {theirs} in the registry, not {ours}"
    yield from _of_file(declared.file, declared.size, files)
