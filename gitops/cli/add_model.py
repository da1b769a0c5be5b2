"""`models add`: asks a source, and writes the model file that follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from documents.problem import Problem, RefusedError
from documents.shown import shown
from gitops.adapters.head import Answer, Reach, Silence, heads, start
from gitops.adoption.files import UnfetchableError, https_address
from gitops.authoring import model_file
from gitops.authoring.hub import HubFile, place
from gitops.authoring.memory import alone, gib, smallest
from gitops.cli.new_files import write_new
from gitops.cli.output import Output
from gitops.cli.root import checkout
from gitops.cli.terminal import busy, print_lines, print_table
from gitops.sources.command import SourceOptions, authority, hub_endpoint, hub_rules
from hardware.declared import read_profiles
from models.catalog import read_definition
from settings.access.downloads import HubSettings


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The command line of `models add`, as typed."""

    address: str
    name: str | None
    file: str | None
    quantization: str | None
    license: str | None
    sha256: str | None
    force: bool


def add_model(wanted: Wanted, options: SourceOptions) -> bool:
    """Write a model file; where several files may be meant, print them and return False.

    Raises:
        RefusedError: the source does not answer, or not with all that a model file says.
    """
    root = checkout()
    try:
        meant = place(wanted.address)
        url = "" if meant else https_address(wanted.address)
    except UnfetchableError as error:
        cure = "use huggingface://owner/repository[/file], or an https address"
        raise RefusedError(
            [Problem(file=shown(wanted.address), path=(), cause=str(error), cure=cure)]
        ) from None
    ask = _asking(options)
    if meant is None:
        made = model_file.plain(url, wanted.sha256, ask)
    else:
        found = model_file.listed(meant, ask)
        left = model_file.candidates(found, meant, wanted.file, wanted.quantization)
        if len(left) != 1:
            _print_choice(left or found.files, none=not left)
            return False
        made = model_file.chosen(found, meant, left[0])
    name, text = model_file.model_text(
        made, model_file.head(made.url, ask), wanted.name, wanted.license
    )
    _write(root, name, text, force=wanted.force)
    return True


def _asking(options: SourceOptions) -> model_file.Ask:
    rules, reach = hub_rules(options), Reach(tls=authority(options.ca_file), seconds=120)
    mirror = HubSettings.model_construct(endpoint=hub_endpoint())

    def ask(url: str, most: int) -> Answer | Silence:
        there = mirror.mirrored(url)
        with busy(f"Asking {urlsplit(there).netloc}"):
            return start(there, rules, reach, most) if most else heads([there], rules, reach)[there]

    return ask


def _print_choice(files: Sequence[HubFile], *, none: bool) -> None:
    rows = [(one.path, one.quantization or "-", f"{one.size / 1e9:.2f} GB")
            for one in sorted(files, key=lambda one: one.size)]  # fmt: skip
    said = "no file is of that name or quantization" if none else "several files may be meant"
    print_lines([f"{said}; choose one with --file or --quantization"])
    print_table(("file", "quantization", "size"), rows, Output.TEXT)


def _write(root: Path, name: str, text: str, *, force: bool) -> None:
    for written in write_new(root, {f"models/{name}.yaml": text}, force=force):
        print_lines([f"wrote {written}"])
    model = read_definition(root, f"{name}.yaml")
    held = smallest(model, read_profiles(root).values())
    print_lines(
        [f"{model.name}: {model.kind.value}, {model.license}, {model.weights.size}, "
         f"{gib(alone(model)[-1].bytes)} in memory at a context of {model.context_size}; "
         f"smallest GPU: {held.profile if held else 'none alone'}",
         "next: add it to `models` of a pool, and run localai-gitops preview"]
    )  # fmt: skip
