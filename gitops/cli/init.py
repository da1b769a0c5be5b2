"""`init`: a small repository of one stack, which is checked before it is written."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from documents.problem import Problem, RefusedError, refusal
from gitops.cli.output import Output
from gitops.cli.terminal import busy, print_lines, say

if TYPE_CHECKING:
    from gitops.authoring.repository import Start
    from hardware.profile import GpuProfile


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What flags say; None where they say nothing."""

    name: str | None
    cluster: str | None
    namespace: str | None
    gpu: str | None
    gpu_memory: str | None
    storage_class: str | None
    access: str | None
    domain: str | None
    models: Sequence[str]


def init(  # noqa: PLR0913 (one argument an option of the command line)
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder to write to.")] = Path(),
    *,
    name: Annotated[str | None, typer.Option(help="Name of the stack [default: dev].")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Name of its cluster [default: that of the stack].")
    ] = None,
    namespace: Annotated[
        str | None, typer.Option(help="Its namespace [default: localai-<name>].")
    ] = None,
    gpu: Annotated[str | None, typer.Option(help="GPU profile, or none [default: none].")] = None,
    gpu_memory: Annotated[
        str | None, typer.Option(help="Memory of a GPU whose profile does not know it.")
    ] = None,
    storage_class: Annotated[
        str | None, typer.Option(help="StorageClass [default: the cluster's].")
    ] = None,
    access: Annotated[
        str | None, typer.Option(help="ReadWriteOnce or ReadWriteMany [default: ReadWriteOnce].")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="Host of an ingress, or none [default: none].")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model of the catalog [default: what fits].")
    ] = None,
) -> None:
    """Write a repository with one stack, and its plan.

    What no option says is asked on a terminal, and is the default elsewhere.

    Example: localai-gitops init ours --name dev --cluster near --gpu nvidia-l4
    """
    given = Answers(
        name=name, cluster=cluster, namespace=namespace, gpu=gpu, gpu_memory=gpu_memory,
        storage_class=storage_class, access=access, domain=domain, models=model or (),
    )  # fmt: skip
    _write(folder, given)


def _write(folder: Path, given: Answers) -> None:
    from gitops.cli.new_files import write_new

    files = _files(folder, given)
    stack = _check({**_declared_gpus(folder), **files})
    write_new(folder, files, force=False, cure="move it, or choose another folder")
    print_lines(["", *(f"wrote {folder / name}" for name in files)])
    where = "" if folder == Path() else f"cd {folder} && "
    command = _command()
    print_lines(
        ["next:", f"  {where}git init && git add --all && git commit -m 'Declare our models'",
         f"  {command} digests lock {stack}", f"  {command} preview"]
    )  # fmt: skip


def _declared_gpus(folder: Path) -> dict[str, str]:
    """Return the GPU profiles that are in the folder already, which the stack may name."""
    from documents.files import declared_bytes
    from documents.reader import LARGEST_BYTES
    from hardware.declared import FOLDER

    names = sorted(f"{FOLDER}/{path.name}" for path in (folder / FOLDER).glob("*.yaml"))
    return {name: declared_bytes(folder, name, most=LARGEST_BYTES).decode() for name in names}


def _command() -> str:
    """Return what a person can type in any folder to run this again."""
    own = Path(sys.executable).with_name("localai-gitops")
    return "localai-gitops" if which(own.name) or not own.exists() else str(own)


def _files(folder: Path, given: Answers) -> dict[str, str]:
    import models
    from documents.files import declared_bytes
    from documents.reader import LARGEST_BYTES
    from gitops.authoring.repository import proposed, repository_files
    from hardware.declared import read_profiles
    from hardware.profile import UnknownProfileError
    from models.catalog import Catalog, read_catalog

    if (folder / "Pulumi.yaml").exists():
        cause, cure = "is there already", "use localai-gitops stack new, or another folder"
        raise RefusedError(
            [Problem(file=str(folder / "Pulumi.yaml"), path=(), cause=cause, cure=cure)]
        )
    top = Path(models.__file__).resolve().parents[1]
    catalog = read_catalog(top).definitions
    profiles = read_profiles(folder)
    try:
        start = _start(given, profiles)
        known = Catalog(definitions=catalog, profiles=profiles)
        names = given.models or _ask_models(proposed(known, start))
    except UnknownProfileError as error:
        raise refusal("--gpu", f"{given.gpu!r} is not a GPU profile", str(error)) from None
    unknown = [name for name in names if name not in catalog]
    if unknown or not names:
        cause = f"{unknown[0]!r} is not in the catalog" if unknown else "nothing of it fits"
        cure = f"use one of {', '.join(sorted(catalog))}"
        raise refusal("--model", cause, cure)
    texts = {
        name: declared_bytes(top, f"models/{name}.yaml", most=LARGEST_BYTES).decode()
        for name in names
    }
    return repository_files(start, [catalog[name] for name in dict.fromkeys(names)], texts)


def _start(given: Answers, profiles: "Mapping[str, GpuProfile]") -> "Start":
    from documents.quantity import amount
    from gitops.authoring.repository import Start
    from hardware.profiles import gpu_profile
    from settings.pool.storage import Access

    name = _said(given.name, "Name of the stack", "dev")
    cluster = _said(given.cluster, "Name of its cluster", name)
    namespace = _said(given.namespace, "Its namespace", f"localai-{name}")
    gpu = _none(_said(given.gpu, "GPU profile of its nodes", "none"))
    memory = given.gpu_memory or ""
    if gpu and gpu_profile(gpu, profiles).memory is None and not memory:
        memory = _said(None, f"Memory of one {gpu}, such as 16Gi", "")
        if not memory:
            raise refusal("--gpu-memory", f"is needed: only you know it of {gpu}", "write 16Gi")
    if memory and not amount(memory):
        raise refusal("--gpu-memory", f"{memory!r} is not a size", "write it as 16Gi")
    access = _said(given.access, "How many nodes may mount a claim", Access.ONE_NODE.value)
    if access not in [one.value for one in Access]:
        cause, cure = f"{access!r} is not an access mode", f"use one of {', '.join(Access)}"
        raise refusal("--access", cause, cure)
    return Start(
        stack=name, cluster=cluster, namespace=namespace, gpu=gpu, gpu_memory=memory,
        storage_class=_none(_said(given.storage_class, "StorageClass", "none")),
        access=Access(access), domain=_none(_said(given.domain, "Host of an ingress", "none")),
    )  # fmt: skip


def _said(flag: str | None, question: str, default: str) -> str:
    if flag is not None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return default if flag is None else flag
    return str(typer.prompt(question, default=default, show_default=bool(default)))


def _ask_models(offered: Sequence[str]) -> Sequence[str]:
    return _said(None, "Models, separated by spaces", " ".join(offered)).split()


def _none(text: str) -> str:
    return "" if text == "none" else text


def _check(files: Mapping[str, str]) -> str:
    """Print the plan of files that are not there yet, and what `check` says; return the stack.

    Raises:
        RefusedError: they are refused.
    """
    from gitops.cli.new_files import write_new
    from gitops.cli.preview import print_plan
    from gitops.planning.checkout import read_declared
    from gitops.planning.plan import Plan, stack_plan
    from gitops.validation.judgement import judgement

    with TemporaryDirectory() as folder, busy("Checking the repository"):
        write_new(Path(folder), files, force=False)
        declared = read_declared(Path(folder), ())
    judged = judgement(declared, date.today())
    if judged.refusals:
        more = "nothing is written; give another value by an option"
        raise RefusedError(replace(one, cure=f"{one.cure}; {more}") for one in judged.refusals)
    (rendering,) = declared.renderings
    plan = Plan(
        base="nothing: the repository is new", compared=False, stacks=(stack_plan(None, rendering),)
    )
    print_plan(plan, Output.TEXT)
    for line in judged.notes:
        say(f"note: {line}")
    return rendering.stack
