"""`adopt`: a running LocalAI as files of a stack, with a report on all that changes."""

import os
import re
import shlex
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from documents.files import given_bytes, given_text
from documents.foreign import LARGEST_LIST
from documents.problem import RefusedError, refusal
from documents.reader import LARGEST_BYTES
from gitops.adapters import kubectl
from gitops.adapters.process import run
from gitops.adoption.adoption import Adoption, Request, adoption
from gitops.adoption.entries import Entry, entries_of
from gitops.adoption.given import Facts, read_facts
from gitops.adoption.report import adoption_document, adoption_markdown, adoption_text
from gitops.adoption.running import Running, objects_in, running
from gitops.cli.new_files import write_new
from gitops.cli.output import Output
from gitops.cli.root import checkout
from gitops.cli.terminal import busy, print_json, print_text
from hardware.declared import read_profiles

# What `pulumi` writes next to `config`.
_ENGINE_KEYS = ("encryptionsalt:", "encryptedkey:", "secretsprovider:")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The command line of `adopt`, as typed."""

    namespace: str
    stack: str
    context: str | None
    file: Path | None
    cluster: str | None
    gpu: str | None
    workloads: Sequence[str]
    clients: Sequence[str]
    models: Path | None
    facts: Path | None
    force: bool


def adopt(wanted: Wanted, output: Output) -> bool:
    """Write the files of an adoption, print its report, and return whether there are any."""
    root = checkout()
    with busy(f"Looking at namespace {wanted.namespace}"):
        made = _adoption(wanted, root)
    written = write_new(root, with_engine_keys(made, root), force=wanted.force)
    print_adoption(made, written, output)
    return bool(written)


def with_engine_keys(made: Adoption, root: Path) -> dict[str, str]:
    """Return the files of an adoption; what the engine wrote into a stack file stays in it."""
    name = f"Pulumi.{made.stack}.yaml"
    file = root / name
    before = given_text(file, most=LARGEST_BYTES) if os.path.lexists(file) else ""
    kept = [line for line in before.splitlines(keepends=True) if line.startswith(_ENGINE_KEYS)]
    return {one: text + "".join(kept) * (one == name) for one, text in made.files.items()}


def _adoption(wanted: Wanted, root: Path) -> Adoption:
    found = _running(wanted, root)
    request = Request(
        stack=wanted.stack,
        cluster=wanted.cluster or _plain(wanted.context or wanted.stack),
        gpu=wanted.gpu,
        profiles=read_profiles(root),
        named=tuple(wanted.workloads),
        clients=tuple(wanted.clients),
        entries=tuple(entries_below(wanted.models)),
        facts=facts_in(wanted.facts),
        adopt=_typed(wanted),
        kubectl=shlex.join(kubectl.command(wanted.context, wanted.namespace)),
    )
    return adoption(found, request)


def _running(wanted: Wanted, root: Path) -> Running:
    if wanted.file is None:
        name = f"kubectl --namespace {wanted.namespace} get"
        content = _asked(wanted, root)
    else:
        name, content = str(wanted.file), given_bytes(wanted.file, most=LARGEST_LIST)
    with _placed(name):
        found = running(wanted.namespace, objects_in(content, name))
    return replace(found, file=str(wanted.file or ""))


def _asked(wanted: Wanted, root: Path) -> bytes:
    try:
        return kubectl.objects(run, root, wanted.context, wanted.namespace)
    except kubectl.KubectlError as error:
        raise refusal(f"namespace {wanted.namespace}", error.cause, error.cure) from None


def entries_below(folder: Path | None) -> Iterator[Entry]:
    """Yield the model entries in the files of a folder; none where there is no folder."""
    files = sorted(folder.glob("*.y*ml")) if folder else ()
    for file in files:
        yield from entries_of(str(file), given_text(file, most=LARGEST_BYTES))


def facts_in(file: Path | None) -> Facts:
    """Return the facts in a file; none where there is no file."""
    if file is None:
        return {}
    with _placed(str(file)):
        return read_facts(given_text(file, most=LARGEST_BYTES))


@contextmanager
def _placed(file: str) -> Generator[None]:
    """Name the file in problems that do not know it."""
    try:
        yield
    except RefusedError as error:
        found = (replace(one, file=one.file or file) for one in error.problems)
        raise RefusedError(found) from None


def _typed(wanted: Wanted) -> str:
    words = ["localai-gitops", "adopt", "--namespace", wanted.namespace, "--stack", wanted.stack]
    options = {
        "--context": wanted.context, "--from": wanted.file, "--cluster": wanted.cluster,
        "--gpu": wanted.gpu, "--models": wanted.models,
    }  # fmt: skip
    return typed(words, options, {"--workload": wanted.workloads, "--client": wanted.clients})


def typed(
    words: Iterable[str], options: Mapping[str, object], several: Mapping[str, Iterable[str]]
) -> str:
    """Return a command line that can be pasted, with the options that have a value."""
    once = (word for name, value in options.items() if value for word in (name, str(value)))
    each = (word for name, values in several.items() for value in values for word in (name, value))
    return shlex.join([*words, *once, *each])


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].strip("-") or "main"


def print_adoption(made: Adoption, written: tuple[str, ...], output: Output) -> None:
    """Print the report of an adoption, of which these files were written."""
    if output is Output.JSON:
        print_json(adoption_document(made, written))
    elif output is Output.MARKDOWN:
        print_text(adoption_markdown(made, written))
    else:
        print_text(adoption_text(made, written))
