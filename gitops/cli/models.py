"""The verbs of `models`: what the catalog has, and what it needs in memory."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from documents.problem import refusal
from gitops.cli import adopt_command, exits
from gitops.cli.output import Output
from gitops.cli.terminal import busy, print_json, print_lines, print_table

if TYPE_CHECKING:
    from gitops.authoring.memory import Place
    from models.definition import Definition

app = typer.Typer(
    name="models",
    help="List models, see what they fit, and add one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Form = Annotated[Output, typer.Option("--output", help="How to print it.")]


@app.command("list")
def list_models(output: Form = Output.TEXT) -> None:
    """List the models of this repository.

    The GPU is the smallest whole one that holds the model alone, with room to spare.

    Example: localai-gitops models list --output json
    """
    with busy("Reading the catalog"):
        rows, lines = _listed()
    if output is Output.JSON:
        print_json({"version": 1, "models": rows})
    else:
        head = ("model", "kind", "size", "license", "context", "memory", "smallest GPU")
        print_table(head, lines, output)


def _listed() -> "tuple[list[dict[str, object]], list[tuple[str, ...]]]":
    """Return the models of this repository as plain values, and as lines of a table."""
    from gitops.authoring.memory import alone, gib, smallest
    from gitops.cli.root import checkout
    from models.catalog import read_catalog

    rows: list[dict[str, object]] = []
    lines: list[tuple[str, ...]] = []
    catalog = read_catalog(checkout())
    for name, model in sorted(catalog.definitions.items()):
        size, needed = sum(one.size.bytes for one in model.files), alone(model)[-1]
        place = smallest(model, catalog.profiles.values())
        exact = all(one.size.exact for one in model.files)
        rows.append({
            "name": name, "kind": model.kind.value, "license": model.license, "bytes": size,
            "exact": exact, "context_size": model.context_size, "needed_bytes": needed.bytes,
            "smallest_gpu": place.profile if place else None,
        })  # fmt: skip
        lines.append((
            name, model.kind.value, f"{'' if exact else '~'}{size / 1e9:.2f} GB", model.license,
            str(model.context_size or "-"), gib(needed.bytes, exact=needed.exact),
            place.profile if place else "none alone",
        ))  # fmt: skip
    return rows, lines


@app.command("fit")
def fit_model(
    model: Annotated[str, typer.Argument(help="Name of the model.")],
    gpu: Annotated[str | None, typer.Option(help="This GPU profile alone.")] = None,
    output: Form = Output.TEXT,
) -> None:
    """Say how much memory a model needs, and which GPUs hold it.

    With --gpu, exit code 1 says that it does not fit.

    Example: localai-gitops models fit qwen3-8b --gpu nvidia-l4
    """
    from hardware.fit import Verdict

    with busy("Computing what the model needs"):
        found, held = _fitted(model, gpu)
    if output is Output.JSON:
        print_json(_fit_document(found, held))
    else:
        _print_fit(found, held, output, cpus=gpu is None)
    if gpu and not any(one.fit and one.fit.verdict is not Verdict.TOO_LARGE for one in held):
        raise typer.Exit(exits.REFUSED)


def _fitted(model: str, gpu: str | None) -> "tuple[Definition, Sequence[Place]]":
    """Return a model of this repository, and how it fits one GPU profile, or each of them.

    Raises:
        RefusedError: there is no such model or profile.
    """
    from gitops.authoring.memory import places
    from gitops.cli.root import checkout
    from hardware.profile import UnknownProfileError
    from hardware.profiles import gpu_profile
    from models.catalog import read_catalog

    catalog = read_catalog(checkout())
    known, every = catalog.definitions, catalog.profiles
    if model not in known:
        raise refusal(f"models/{model}.yaml", "is not there", f"known: {', '.join(sorted(known))}")
    try:
        profiles = [gpu_profile(gpu, every)] if gpu else list(every.values())
    except UnknownProfileError as error:
        raise refusal("--gpu", f"{gpu!r} is not a GPU profile", str(error)) from None
    return known[model], list(places(known[model], profiles))


@app.command("gpus")
def list_gpus(output: Form = Output.TEXT) -> None:
    """List the GPU profiles that a pool may name.

    They are the built-in ones, and those of `gpus/`.

    Example: localai-gitops models gpus --output json
    """
    with busy("Reading GPU profiles"):
        from gitops.authoring.memory import gib
        from gitops.cli.root import checkout
        from hardware.declared import read_profiles

        profiles = read_profiles(checkout()).values()
    if output is Output.JSON:
        rows = [
            {"name": one.name, "resource": one.resource, "memory_bytes": one.memory,
             "node_selector": dict(one.node_selector), "source": one.source} for one in profiles
        ]  # fmt: skip
        print_json({"version": 1, "gpus": rows})
        return
    lines = [
        (one.name, gib(one.memory) if one.memory else "gpuMemory", one.resource,
         ", ".join(f"{key}={value}" for key, value in one.node_selector.items()))
        for one in profiles
    ]  # fmt: skip
    print_table(("GPU profile", "memory", "resource", "node labels"), lines, output)


def _fit_document(model: "Definition", held: "Sequence[Place]") -> Mapping[str, object]:
    from gitops.authoring.memory import alone, pod_memory, term_document

    found = alone(model)
    return {
        "version": 1,
        "model": model.name,
        "terms": term_document(found),
        "needed_bytes": found[-1].bytes,
        "cpu_pod_bytes": pod_memory(model),
        "places": [
            {"profile": one.profile, "memory_bytes": one.memory, "reason": one.reason,
             "verdict": one.fit.verdict.value if one.fit else None} for one in held
        ],
    }  # fmt: skip


def _print_fit(model: "Definition", held: "Sequence[Place]", output: Output, *, cpus: bool) -> None:
    from gitops.authoring.memory import alone, gib, pod_memory, verdict_words

    rows = [(one.what, gib(one.bytes, exact=one.exact), one.how) for one in alone(model)]
    print_table((model.name, "memory", "how it comes"), rows, output)
    print_lines([""])
    room = f"fits a pod of {gib(pod_memory(model))}, which is its default"
    rows = [("CPUs", "", room)] if cpus else []
    for one in held:
        memory = gib(one.memory) if one.memory else ""
        rows.append((one.profile, memory, verdict_words(one.fit) if one.fit else one.reason))
    print_table(("where", "memory", "alone there"), rows, output)


@app.command("add")
def add(  # noqa: PLR0913 (one argument an option of the command line)
    address: Annotated[
        str, typer.Argument(help="huggingface://owner/repository[/file], or an https address.")
    ],
    *,
    name: Annotated[str | None, typer.Option(help="What clients ask for; by the file.")] = None,
    file: Annotated[str | None, typer.Option(help="Its file in the repository.")] = None,
    quantization: Annotated[str | None, typer.Option(help="Such as Q4_K_M.")] = None,
    license_id: Annotated[
        str | None, typer.Option("--license", help="SPDX identifier, where the source says none.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="Digest, where the source says none; not of the hub.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    allow_network: Annotated[
        list[str] | None, typer.Option(help="A private network that the source may be in.")
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates to trust in addition to the public ones.")
    ] = None,
) -> None:
    """Write the file of a model that a hub or another host has.

    Digest, size, license, architecture and context are read there, and no weights are downloaded.
    Where several files may be meant, they are listed, and the exit code is 1.

    Example: localai-gitops models add huggingface://Qwen/Qwen3-8B-GGUF --quantization Q4_K_M
    """
    from gitops.cli.add_model import Wanted, add_model
    from gitops.sources.command import source_options

    wanted = Wanted(
        address=address, name=name, file=file, quantization=quantization, license=license_id,
        sha256=sha256, force=force,
    )  # fmt: skip
    if not add_model(wanted, source_options(allow_network or (), ca_file)):
        raise typer.Exit(exits.REFUSED)


@app.command("migrate")
def migrate_models(  # noqa: PLR0913 (one argument an option of the command line)
    file: Annotated[str, typer.Argument(help="What declared models before; - is standard input.")],
    *,
    stack: Annotated[str, typer.Option("--stack", help="Name of the new stack.")] = "migrated",
    cluster: adopt_command.Cluster = None,
    gpu: adopt_command.Gpu = None,
    client: adopt_command.Clients = None,
    models: adopt_command.Models = None,
    facts: adopt_command.Facts = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to instead of the checkout.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    force: adopt_command.Force = False,
    output: Form = Output.TEXT,
) -> None:
    """Write the stack and model files of an older layout.

    What would not have worked is named.

    FILE is a Compose file, values of the LocalAI chart, model entries, a `models:` wrapper, a
    list of Ollama, a Modelfile, a `docker run` command, a `.env` file, or manifests. Nothing is
    started or fetched; a model of which a fact is missing is not written.

    Example: localai-gitops models migrate docker-compose.yaml --stack home
    """
    from gitops.cli.migrate import Wanted, migrate

    wanted = Wanted(
        file=file, stack=stack, cluster=cluster, gpu=gpu, clients=tuple(client or ()),
        models=models, facts=facts, out=out, dry_run=dry_run, force=force,
    )  # fmt: skip
    if not migrate(wanted, output):
        raise typer.Exit(exits.REFUSED)
