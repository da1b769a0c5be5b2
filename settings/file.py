"""Pulumi.<stack>.yaml: read strictly, and turned into what the engine would hand out."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from documents.problem import Problem, RefusedError
from documents.reader import Document, Value, read_file
from models.catalog import Catalog
from settings.config import PROJECT, SettingsError, settings_from_config, strangers
from settings.release import BLOCKED, Release, read_release, release_name
from settings.stack.stack import StackSettings

# What `pulumi` writes next to `config`, each with its form.
ENGINE_KEYS: Mapping[str, str] = {
    "encryptionsalt": r"^\S+$",
    "encryptedkey": r"^\S+$",
    "secretsprovider": (
        r"^(default|service|passphrase|(awskms|azurekeyvault|gcpkms|hashivault)://\S+)$"
    ),
}
_UNKNOWN = ("is not a known key", "put settings under `config`")
_OUTSIDE = {
    "environment": (
        "imports configuration from Pulumi ESC, which no plan sees",
        "delete it; write settings under `config`, and give credentials to the engine's own "
        "environment, such as with `pulumi env run`",
    )
}
# A label carries it, and the operator takes no longer name.
_STACK = re.compile(r"[a-z0-9]([a-z0-9.-]{0,40}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack's name, its document (for lines), its settings, and its release if it has one."""

    stack: str
    document: Document
    settings: StackSettings
    release: Release | None = None

    def served(self, catalog: Catalog) -> Catalog:
        """Return the models that it can list: those of its release, or else of the catalog."""
        return replace(catalog, definitions=self.release.models) if self.release else catalog


def stack_names(root: Path) -> list[str]:
    """Return the names of the stacks declared in a folder, sorted."""
    names = (path.name for path in root.glob("Pulumi.*.yaml"))
    return sorted(name.removeprefix("Pulumi.").removesuffix(".yaml") for name in names)


def read_stack_file(root: Path, stack: str) -> StackFile:
    """Return the stack file of one stack in a folder, with its release.

    Raises:
        RefusedError: there is none, or it is not valid; every problem has a line and a cure.
    """
    file = stack_file(stack, read_file(root, declared_file(root, stack)))
    return replace(file, release=read_release(root, stack))


def declared_file(root: Path, stack: str) -> str:
    """Return the name of the file of a stack, which may not be valid.

    Raises:
        RefusedError: there is none, or no stack can have this name.
    """
    name = _file_name(stack)
    if not os.path.lexists(root / name):
        known = ", ".join(stack_names(root)) or "none"
        cure = f"use one of: {known}" if known != "none" else f"add {name}"
        raise RefusedError([Problem(file=name, path=(), cause="is not there", cure=cure)])
    return name


def stack_file(stack: str, document: Document) -> StackFile:
    """Return the stack file that a document is.

    Raises:
        RefusedError: it is not valid; every problem has a line and a cure.
    """
    _file_name(stack)
    problems = [*_strangers(document)]
    try:
        settings = settings_from_config(engine_config(document))
    except SettingsError as error:
        problems += [document.placed(problem) for problem in error.problems]
        raise RefusedError(_in_order(problems)) from None
    if problems:
        raise RefusedError(_in_order(problems))
    return StackFile(stack=stack, document=document, settings=settings)


def _file_name(stack: str) -> str:
    name = f"Pulumi.{stack}.yaml"
    if not _STACK.fullmatch(stack):
        cause = "has a stack name that no label can carry"
        cure = "use at most 42 of a-z, 0-9, inner dots and hyphens"
        raise RefusedError([Problem(file=name, path=(), cause=cause, cure=cure)])
    if stack == BLOCKED:
        cause = f"has the name of {release_name(stack)}, which is of no stack"
        cure = "call the stack something else"
        raise RefusedError([Problem(file=name, path=(), cause=cause, cure=cure)])
    return name


def engine_config(document: Document) -> dict[str, str]:
    """Return the `localai:` configuration of a document in the engine's form: text or JSON text."""
    config = document.value.get("config")
    if not isinstance(config, dict):
        return {}
    return {name: _text(value) for name, value in config.items() if _is_ours(name)}


def _text(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_ours(name: str) -> bool:
    return name.startswith(f"{PROJECT}:")


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.line, problem.path))


def _strangers(document: Document) -> Iterator[Problem]:
    for name, value in document.value.items():
        if name in ENGINE_KEYS:
            if not (isinstance(value, str) and re.fullmatch(ENGINE_KEYS[name], value)):
                cause = "is not what `pulumi` writes there"
                cure = "leave it as `pulumi stack init` or `pulumi config` wrote it"
                yield document.problem((name,), cause, cure)
        elif name != "config":
            yield document.problem((name,), *_OUTSIDE.get(name, _UNKNOWN))
    config = document.value.get("config", {})
    if not isinstance(config, dict):
        yield document.problem(("config",), "is not a mapping", "write `key: value` lines")
        return
    yield from map(document.placed, strangers(config))
