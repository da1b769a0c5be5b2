"""The catalog: every model definition in a folder, and every GPU profile, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from documents.problem import Problem, RefusedError
from documents.reader import Document, read_file
from documents.validation import read
from hardware.declared import read_profiles
from hardware.profile import GpuProfile
from hardware.profiles import PROFILES
from models.definition import Definition

FOLDER = "models"
# Known keys that run code, fetch by themselves or hold credentials: refused with the reason.
FORBIDDEN = {
    "mcp": "it runs commands",
    "agent": "it runs tools",
    "download_files": "it fetches past the verified path",
    "artifacts": "it fetches past the verified path",
    "trust_remote_code": "it runs code that comes with the weights",
    "proxy": "it sends requests and keys elsewhere",
    "mitm": "it reads traffic of others",
    "router": "it hides which model answers",
    "grpc": "it points at another program",
    "overrides": "it changes settings that the plan shows",
    "engine_args": "it passes arguments that nobody checks",
}


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Model definitions and GPU profiles by name; the profiles are the built-in ones if absent."""

    definitions: Mapping[str, Definition]
    profiles: Mapping[str, GpuProfile] = field(default_factory=lambda: PROFILES)


def read_catalog(root: Path) -> Catalog:
    """Return the catalog in `models/` and `gpus/` below a folder.

    Raises:
        RefusedError: a file is not a valid definition or profile, or its name differs.
    """
    definitions: dict[str, Definition] = {}
    problems: list[Problem] = []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        if path.name == "models.lock.yaml":
            continue
        try:
            definition = read_definition(root, path.name)
        except RefusedError as error:
            problems += error.problems
        else:
            definitions[definition.name] = definition
    profiles: Mapping[str, GpuProfile] = {}
    try:
        profiles = read_profiles(root)
    except RefusedError as error:
        problems += error.problems
    if problems:
        raise RefusedError(problems)
    return Catalog(definitions=definitions, profiles=profiles)


def read_definition(root: Path, name: str) -> Definition:
    """Return the definition in one file of `models/` below a folder.

    Raises:
        RefusedError: it is not valid, or its name differs from the file's.
    """
    document = read_file(root, f"{FOLDER}/{name}", floats=True)
    forbidden = [_forbidden(document, name) for name in document.value if name in FORBIDDEN]
    if forbidden:
        raise RefusedError(forbidden)
    definition, found = read(Definition, document.value)
    if definition is None or found:
        raise RefusedError(map(document.placed, found))
    if f"{definition.name}.yaml" != name:
        cause = f"is {definition.name!r}, but the file is {name}"
        cure = f"rename the file to {definition.name}.yaml"
        raise RefusedError([document.problem(("name",), cause, cure)])
    return definition


def _forbidden(document: Document, name: str) -> Problem:
    return document.problem((name,), f"is not allowed: {FORBIDDEN[name]}", "delete it")
