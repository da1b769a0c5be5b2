"""The verbs of `registry`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gitops.cli.output import Output
from gitops.cli.registry import connection as to
from gitops.cli.registry.stack_verbs import Name, Which, check, declare, delete, follow
from gitops.cli.terminal import busy, print_json, print_lines, print_table, say

if TYPE_CHECKING:
    from gitops.registry.versions import Version

app = typer.Typer(
    name="registry",
    help="Versions of models in MLflow: register, look, and serve them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Form = Annotated[Output, typer.Option("--output", help="How to print it.")]
_Semver = Annotated[
    str, typer.Option(help="Semantic version [default: by what differs from the last one].")
]
_Parameters = Annotated[
    Path | None, typer.Option(help="JSON file with the parameters of the training.")
]
_Revision = Annotated[
    str | None, typer.Option(help="Commit of the training code [default: HEAD here].")
]
_SHORT = len("sha256:") + 12


@app.command("register")
def register(  # noqa: PLR0913 (one argument an option of the command line)
    file: Annotated[Path, typer.Argument(help="The model as ONNX.", show_default=False)],
    *,
    name: Annotated[str, typer.Option(help="Registered model.")],
    metrics: Annotated[Path, typer.Option(help="JSON file with accuracy and f1.")],
    semver: _Semver = "",
    data_digest: Annotated[str, typer.Option(help="SHA-256 of the training data.")] = "",
    parameters: _Parameters = None,
    revision: _Revision = None,
    description: Annotated[str, typer.Option(help="What it is, for people.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Register nothing.")] = False,
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
    output: Form = Output.TEXT,
) -> None:
    """Register an ONNX file as the next version of a model.

    Its number is major for another architecture, minor for one that was retrained, else patch. A
    file whose bytes are registered already stays the version that it is.

    Example: localai-gitops registry register model.onnx --name digits --metrics metrics.json
    """
    from gitops.cli.registry.register import Wanted, lines
    from gitops.cli.registry.register import register as add
    from gitops.registry.versions import as_document

    wanted = Wanted(
        file=file, name=name, metrics=metrics, semver=semver, data_digest=data_digest,
        parameters=parameters, revision=revision, description=description, dry_run=dry_run,
    )  # fmt: skip
    made = add(wanted, to.Login(url=url, user_variable=user_variable,
                                password_variable=password_variable).connected())  # fmt: skip
    if output is Output.JSON:
        there = as_document(made.version) if made.version else None
        print_json({"version": 1, "model": name, "new": made.new, "why": made.why,
                    "semver": str(made.semver), "registered": there})  # fmt: skip
        return
    print_lines(lines(wanted, made))


@app.command("list")
def list_versions(
    name: Annotated[
        str | None, typer.Argument(help="Registered model; all of them if absent.")
    ] = None,
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
    output: Form = Output.TEXT,
) -> None:
    """List the versions of a model, or all models.

    With metrics and aliases.

    Example: localai-gitops registry list digits
    """
    login = to.Login(url=url, user_variable=user_variable, password_variable=password_variable)
    registry = login.connected()
    if name is not None:
        with busy("Asking the registry"):
            found = to.some(registry, name)
        _print_versions(name, found, output)
        return
    with busy("Asking the registry"):
        models = registry.models()
    if output is Output.JSON:
        rows = [{"name": one.name, "aliases": dict(one.aliases), "description": one.description}
                for one in models]  # fmt: skip
        print_json({"version": 1, "models": rows})
        return
    lines = [(one.name, ", ".join(f"{alias} = {of}" for alias, of in one.aliases.items()),
              one.description) for one in models]  # fmt: skip
    print_table(("model", "aliases", "description"), lines, output)


def _print_versions(name: str, found: "tuple[Version, ...]", output: Output) -> None:
    from gitops.registry.versions import as_document

    stacks = _stacks(name)
    if output is Output.JSON:
        rows = [{**as_document(one), "stacks": stacks.get(one.number, [])} for one in found]
        print_json({"version": 1, "model": name, "versions": rows})
        return
    head = ("version", "semver", "accuracy", "f1", "aliases", "declared by", "digest", "status",
            "registered")  # fmt: skip
    lines = [_line(one, stacks.get(one.number, [])) for one in found]
    print_table(head, lines, output)


def _stacks(name: str) -> dict[int, list[str]]:
    """Return which stacks of the checkout that the command runs in declare which version."""
    from documents.problem import RefusedError
    from gitops.cli.root import checkout

    try:
        root = checkout()
    except RefusedError:
        # A registry may be looked at from anywhere.
        return {}
    from gitops.registry.declared import versions_declared

    declared, broken = versions_declared(root)
    for one in broken:
        say(f"note: {one}")
    return {number: list(stacks) for (model, number), stacks in declared.items() if model == name}


def _line(one: "Version", stacks: list[str]) -> tuple[str, ...]:
    return (
        str(one.number), str(one.semver or "-"), _share(one.metric("accuracy")),
        _share(one.metric("f1")), ", ".join(one.aliases) or "-", ", ".join(stacks) or "-",
        one.digest[:_SHORT].removeprefix("sha256:") or "-", one.row.status,
        _when(one.row.created),
    )  # fmt: skip


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _when(milliseconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return "-"


@app.command("show")
def show(  # noqa: PLR0913 (one argument an option of the command line)
    name: Name,
    version: Which,
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
    output: Form = Output.TEXT,
) -> None:
    """Show one version, and whether its file is still there.

    Example: localai-gitops registry show digits 2
    """
    from gitops.registry.versions import as_document, number

    login = to.Login(url=url, user_variable=user_variable, password_variable=password_variable)
    with busy("Asking the registry"):
        registry = login.connected()
        found = number(version, to.some(registry, name))
        files = registry.files(name, found.number)
    document: dict[str, Any] = {**as_document(found), "files": dict(files)}
    if output is Output.JSON:
        print_json({"version": 1, "model": name, "registered": document})
        return
    document |= {
        "aliases": ", ".join(found.aliases), "registered": _when(found.row.created),
        "files": ", ".join(f"{file} ({size} bytes)" for file, size in files.items())
        or "GONE: no model server can load it",
    }  # fmt: skip
    rows = [(key, str(value)) for key, value in document.items() if value not in (None, "")]
    print_table(("", name), rows, output)


@app.command("describe")
def describe(  # noqa: PLR0913 (one argument an option of the command line)
    name: Name,
    text: Annotated[str, typer.Argument(help="The description.", show_default=False)],
    version: Annotated[
        str | None, typer.Option(help="Of this version [default: of the model].")
    ] = None,
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
) -> None:
    """Set the description of a model or of one version.

    Example: localai-gitops registry describe digits "handwritten digits, 8x8" --version 2
    """
    from gitops.registry.versions import number

    login = to.Login(url=url, user_variable=user_variable, password_variable=password_variable)
    with busy("Asking the registry"):
        registry = login.connected()
        every = to.some(registry, name)
        found = number(version, every).number if version else None
        registry.describe(name, found, text)
    print_lines([f"described {name}" + (f", version {found}" if found else "")])


for verb in (declare, check, follow, delete):
    app.command()(verb)
