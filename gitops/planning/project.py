"""Pulumi.yaml, which the engine reads before any stack: all that it may say is listed here."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from documents.problem import KeyPath, Problem
from documents.reader import Document, Value
from settings.config import PROJECT

FILE = "Pulumi.yaml"
# Words about the project that steer nothing.
_WORDS = ("description", "author", "website", "license", "requiredPulumiVersion")
_KNOWN = ("name", "runtime", *_WORDS)
# What a team may need, and no plan shows: where state is kept, and how the engine is run.
_UNPLANNED = ("backend", "options")
VIRTUAL_ENVIRONMENTS = (".venv", "venv")
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "toolchain": ("pip",),
    "virtualenv": VIRTUAL_ENVIRONMENTS,
    "typechecker": (),
}
_REASONS: Mapping[str, str] = {
    "main": "runs another program than the one that is planned",
    "config": "sets configuration that a plan of stacks cannot see",
    "stackConfigDir": "takes stack files from another folder than a plan does",
    "plugins": "runs other programs in place of the providers",
    "packages": "adds providers that no plan shows",
}


def project_problems(root: Path, project: Document) -> Iterator[Problem]:
    """Yield what the engine would read of a project and a plan would not."""
    if project.value.get("name") != PROJECT:
        cause, cure = "is not the project of this program", f"write `name: {PROJECT}`"
        yield project.problem(("name",), cause, cure)
    for key in project.value:
        if key not in (*_KNOWN, *_UNPLANNED):
            reason = _REASONS.get(key, "is not a known key")
            cure = "move it to the stack files" if key == "config" else "delete it"
            yield project.problem((key,), reason, cure)
    yield from _runtime(project)
    # The engine may take either of two project files, and stack files in either form.
    for path in sorted(path for path in root.glob("Pulumi.*") if path.suffix in (".yml", ".json")):
        cause = "is read by the engine and by no plan"
        yield Problem(file=path.name, path=(), cause=cause, cure="keep the .yaml file alone")


def _runtime(project: Document) -> Iterator[Problem]:
    runtime = project.value.get("runtime")
    if runtime == "python":
        return
    if not isinstance(runtime, dict) or runtime.get("name") != "python":
        cause, cure = "does not run this program, which is Python", "write `name: python`"
        yield project.problem(("runtime",), cause, cure)
        return
    for key in runtime:
        if key not in ("name", "options"):
            yield project.problem(("runtime", key), "is not a known key", "delete it")
    options = runtime.get("options", {})
    if not isinstance(options, dict):
        cause, cure = "is not a mapping", "write `key: value` lines"
        yield project.problem(("runtime", "options"), cause, cure)
        return
    for key in options:
        if key not in _OPTIONS:
            cure = f"known here: {', '.join(_OPTIONS)}"
            yield project.problem(("runtime", "options", key), "is not a known key", cure)


def unplanned(project: Document) -> Iterator[KeyPath]:
    """Yield the keys that a team may need, although the engine follows them and no plan does."""
    yield from ((key,) for key in project.value if key in _UNPLANNED)
    for key, value in _options(project).items():
        if key in _OPTIONS and value not in _OPTIONS[key]:
            yield ("runtime", "options", key)


def _options(project: Document) -> dict[str, Value]:
    runtime = project.value.get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    return options if isinstance(options, dict) else {}
