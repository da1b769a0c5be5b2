"""`models migrate`: a file of before as files of a stack, with a report on what would not work."""

import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from documents.files import given_bytes
from documents.problem import refusal
from gitops.adoption.adoption import Adoption, Request
from gitops.adoption.layouts.reader import LARGEST, read_layout
from gitops.authoring.migration import migration
from gitops.authoring.stack_file import checked
from gitops.cli.adopt import entries_below, facts_in, print_adoption, typed, with_engine_keys
from gitops.cli.new_files import write_new
from gitops.cli.output import Output
from gitops.cli.root import checkout
from gitops.cli.terminal import busy
from gitops.validation.judgement import Judgement
from models.catalog import Catalog, read_catalog

STANDARD_INPUT = "-"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The command line of `models migrate`, as typed."""

    file: str
    stack: str
    cluster: str | None
    gpu: str | None
    clients: tuple[str, ...]
    models: Path | None
    facts: Path | None
    out: Path | None
    dry_run: bool
    force: bool


def migrate(wanted: Wanted, output: Output) -> bool:
    """Write the files of a migration, print its report, and return whether there are any."""
    root = checkout()
    name = "standard input" if wanted.file == STANDARD_INPUT else wanted.file
    with busy(f"Reading {name}"):
        made = _migration(wanted, name, root)
    place = wanted.out or root
    written: tuple[str, ...] = ()
    if made.files and not wanted.dry_run:
        written = write_new(place, with_engine_keys(made, place), force=wanted.force)
    print_adoption(made, written, output)
    return bool(made.files)


def _migration(wanted: Wanted, name: str, root: Path) -> Adoption:
    catalog = read_catalog(root)
    layout = read_layout(_content(wanted.file), name)
    request = Request(
        stack=wanted.stack,
        cluster=wanted.cluster or wanted.stack,
        gpu=wanted.gpu,
        profiles=catalog.profiles,
        named=(),
        clients=wanted.clients,
        entries=tuple(entries_below(wanted.models)),
        facts=facts_in(wanted.facts),
        adopt=_typed(wanted),
        kubectl="",
    )

    def judge(text: str, fresh: Catalog) -> Judgement:
        every = replace(catalog, definitions={**catalog.definitions, **fresh.definitions})
        return checked(root, wanted.stack, text, every, date.today())

    return migration(layout, name, request, catalog, judge)


def _content(file: str) -> bytes:
    if file != STANDARD_INPUT:
        return given_bytes(Path(file), most=LARGEST)
    found = sys.stdin.buffer.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise refusal("standard input", f"is longer than {LARGEST} bytes", "give less of it")
    return found


def _typed(wanted: Wanted) -> str:
    words = ["localai-gitops", "models", "migrate", wanted.file, "--stack", wanted.stack]
    options = {
        "--cluster": wanted.cluster, "--gpu": wanted.gpu, "--models": wanted.models,
        "--facts": wanted.facts, "--out": wanted.out,
    }  # fmt: skip
    return typed(words, options, {"--client": wanted.clients})
