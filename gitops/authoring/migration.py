"""The use case: a file in which models were declared before as files of a stack, and a report.

What it reads and says is `adopt`'s; unlike there, no file is written of which a fact is missing.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from documents.problem import KeyPath, Problem, RefusedError, key
from documents.reader import read
from gitops.adoption.adoption import Adoption, Drafted, Request, drafted, model_text, stack_text
from gitops.adoption.layouts.layout import Layout
from gitops.adoption.model import CONTEXT, Draft
from gitops.adoption.outdated import faults
from gitops.adoption.pool import PoolDraft
from gitops.adoption.remark import Fate, Remark, changed, fault, kept, lost, unknown
from gitops.adoption.running import Running, mapping, name_of, running
from gitops.adoption.steps import Step
from gitops.validation.judgement import Judgement
from models.catalog import Catalog
from models.definition import LLAMA_CPP, Definition, Kind

# Judges the text of a stack file with these definitions in addition to those of the checkout.
Judge = Callable[[str, Catalog], Judgement]
_BY_DIGEST = "image-by-digest"
_MODEL = "models/{}.yaml"
_OWN_TEMPLATE = "use_tokenizer_template"


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A model that a pool can name: its definition, and its file where that is new."""

    definition: Definition
    keys: Mapping[str, Any] | None = None


def migration(
    layout: Layout, name: str, request: Request, catalog: Catalog, judge: Judge
) -> Adoption:
    """Return what a file would be as a stack; without files where no model is complete.

    `name` is that of the file; `request.kubectl` is empty, as no cluster is asked.

    Raises:
        RefusedError: nothing there runs LocalAI, or a workload takes GPUs of a kind that nothing
            tells.
    """
    found = _found(layout, request.stack)
    named = request.named or tuple(name_of(one) for one in layout.workloads)
    entries = (*layout.entries, *request.entries)
    request = replace(request, named=named, entries=entries)
    made = drafted(found, request, catalog.definitions)
    ready = {one: Ready(definition=found) for one, found in catalog.definitions.items()}
    drafts = {one.name: one for pool in made.drafts for one in pool.models}
    fresh = {one.name: _completed(one, catalog) for one in drafts.values()}
    ready |= {one: found for one, found in fresh.items() if found}
    pools = {pool.name: keys for pool in made.drafts if (keys := _keys(pool, ready))}
    file = f"Pulumi.{request.stack}.yaml"
    text = stack_text(found, request, made, pools, f"Migrated from {name}.") if pools else ""
    refused = _refusals(text, ready, judge) if pools else ()
    is_valid = bool(pools) and all(one.rule == _BY_DIGEST for one in refused)
    files = _files(file, pools, ready, text) if is_valid else {}
    remarks = (
        *_faults(layout, name, made), *layout.remarks, *_earlier(made),
        *_remarks(made, ready, catalog),
        *_open(one for one in drafts.values() if one.name not in ready),
        *_folders(layout, request), *_judged(file, refused),
    )  # fmt: skip
    return Adoption(
        stack=request.stack,
        namespace=found.namespace,
        files=files,
        remarks=remarks,
        steps=tuple(_steps(request, files, remarks, unpinned=bool(refused))),
        source=f"{name} ({layout.form})",
    )


def _found(layout: Layout, namespace: str) -> Running:
    if layout.manifests is not None:
        said = (mapping(mapping(one).get("metadata")).get("namespace") for one in layout.manifests)
        return running(next((one for one in said if isinstance(one, str)), namespace),
                       list(layout.manifests))  # fmt: skip
    return Running(
        namespace=namespace,
        workloads=layout.workloads,
        services=(),
        config_maps={name_of(one): one for one in layout.config_maps},
        claims={},
    )


def _completed(made: Draft, catalog: Catalog) -> Ready | None:
    """Return a draft as a model; what it lacks is taken from one of the same file, if known."""
    keys = {**made.keys, **_known(made, catalog)}
    try:
        document = read(model_text(keys).encode(), name=made.name, floats=True)
        definition = Definition.model_validate(document.value)
    except (ValidationError, RefusedError):
        return None
    chats = definition.backend == LLAMA_CPP and definition.kind is Kind.CHAT
    if chats and definition.architecture is None:
        # No pool takes it: whether it fits could not be computed.
        return None
    return Ready(definition=definition, keys=keys)


def _known(made: Draft, catalog: Catalog) -> dict[str, Any]:
    """Return what a model of the checkout with the same weights says of them."""
    weights = mapping(made.keys.get("weights"))
    for one in catalog.definitions.values():
        same = one.weights.sha256 == weights.get("sha256") or (
            "sha256" not in weights and one.weights.url == weights.get("url")
        )
        if same and one.backend == made.keys.get("backend"):
            size = one.weights.size
            told = {
                "license": one.license,
                "weights": {
                    "url": one.weights.url, "file": one.weights.file, "sha256": one.weights.sha256,
                    "size": size.bytes if size.exact else str(size),
                },
            }  # fmt: skip
            figures = one.architecture
            if figures:
                told["architecture"] = figures.model_dump(exclude_none=True)
            return told
    return {}


def _keys(pool: PoolDraft, ready: Mapping[str, Ready]) -> dict[str, Any]:
    """Return the keys of a pool with the models that are complete; none where none is."""
    models = [one for one in pool.wanted if one in ready]
    if not models:
        return {}
    taken = mapping(pool.keys.get("aliases"))
    aliases = {one: to for one, to in taken.items() if to in models and one not in models}
    used = [ready[one].definition for one in models]
    weights = sum(file.size.most for one in used for file in one.files)
    storage = pool.claim.storage(weights, len({one.backend for one in used}))
    keys: dict[str, Any] = {**pool.keys, "models": models, "aliases": aliases, "storage": storage}
    if int(keys.get("active") or 0) >= len(models):
        keys["active"] = None
    return {name: value for name, value in keys.items() if value not in (None, [], {})}


def _files(
    name: str, pools: Mapping[str, Mapping[str, Any]], ready: Mapping[str, Ready], text: str
) -> dict[str, str]:
    """Return the stack file and the files of its models that are new."""
    used = {one: ready[one].keys for keys in pools.values() for one in keys["models"]}
    return {name: text} | {
        f"models/{one}.yaml": model_text(keys) for one, keys in used.items() if keys
    }


def _judged(name: str, problems: Iterable[Problem]) -> Iterator[Remark]:
    """Yield why `check` would refuse the stack, but for digests, which a command looks up."""
    for one in problems:
        if one.rule != _BY_DIGEST:
            at = one.object or key(one.path)
            yield unknown(f"{name}, {at}" if at else name, one.cause, one.cure)


def _refusals(text: str, ready: Mapping[str, Ready], judge: Judge) -> tuple[Problem, ...]:
    try:
        definitions = {one: model.definition for one, model in ready.items()}
        return judge(text, Catalog(definitions=definitions)).refusals
    except RefusedError as error:
        return error.problems


def _faults(layout: Layout, name: str, made: Drafted) -> Iterator[Remark]:
    """Yield what would not have worked, with its line where it is known."""

    def place(path: KeyPath) -> str:
        line = next((layout.lines[path[:end]] for end in range(len(path), 0, -1)
                     if path[:end] in layout.lines), 0)  # fmt: skip
        return f"{name}:{line}: {key(path)}" if line else f"{name}: {key(path)}"

    server = made.server
    yield from (fault(place(one.path), one.cause, one.cure) for one in layout.outdated)
    yield from faults(layout.document, server, place)


def _earlier(made: Drafted) -> Iterator[Remark]:
    """Yield the variables that have another name today, each workload's at once."""
    for pool in made.drafts:
        names = pool.workload.variables.values
        earlier = sorted(one for one in names if f"LOCALAI_{one}" in made.server.environment)
        if earlier:
            text = ", ".join(f"`{one}` is now `LOCALAI_{one}`" for one in earlier)
            cure = "the old names are still read; keys of pool and model files set what they do"
            yield changed(f"{pool.workload.title}, variables", text, cure)


def _remarks(made: Drafted, ready: Mapping[str, Ready], catalog: Catalog) -> Iterator[Remark]:
    """Yield what `adopt` says, but for facts that one command finds, and what is known by now."""
    drafts = [one for pool in made.drafts for one in pool.models]
    absent = {one for it in drafts for one in it.remarks if one.fate is Fate.OPEN}
    lacking = [one for one in drafts if one.name not in ready]
    dropped = {one for it in lacking for one in (*it.remarks, kept(f"model {it.name}", it.origin))}
    for one in made.remarks:
        if one not in absent and one not in dropped:
            yield one
    for one in drafts:
        model = ready.get(one.name)
        if model and model.definition.license.startswith("LicenseRef-unknown"):
            cure = "look it up where the weights come from"
            yield unknown(f"model {one.name}", "no license; LicenseRef-unknown is written", cure)
        if model and _known(one, catalog):
            text = "digest, size and license are those of a model of this checkout with its file"
            yield kept(f"model {one.name}", text)
    for pool in made.drafts:
        if not set(pool.wanted) & ready.keys():
            text = "no model of it is complete, so that it is no pool yet"
            yield lost(pool.workload.title, text)


def _open(drafts: Iterable[Draft]) -> Iterator[Remark]:
    for one in drafts:
        what = [key for file in one.files for key in file.missing]
        lacking = ", ".join(dict.fromkeys({"sha256": "digest", "url": "address"}.get(key, key)
                                          for key in what)) or "architecture"  # fmt: skip
        text = f"its file is not written, as the {lacking} of its weights cannot be known here"
        yield unknown(f"model {one.name}", text, _finding(one))
        said = [key for key in ("parameters", "stopwords", "options") if one.keys.get(key)]
        said += ["context_size"] * (one.keys.get("context_size") not in (None, CONTEXT))
        said += ["template"] * bool(mapping(one.keys.get("template")).keys() - {_OWN_TEMPLATE})
        if said:
            text = f"says {', '.join(said)}, which `models add` does not know"
            cure = f"set in {_MODEL.format(one.name)} what is to stay"
            yield changed(f"model {one.name}", text, cure)


_FILE = re.compile(r"\.[A-Za-z0-9]{2,11}\Z")


def _finding(one: Draft) -> str:
    """Return the command that finds what a model lacks, as a person types it."""
    first, *others = one.files
    address = str(first.keys.get("url") or "")
    if first.path.endswith(".gguf") and not others:
        place = address or "huggingface://OWNER/REPOSITORY"
        digest = first.keys.get("sha256")
        same = f", if its digest is {digest}" if digest and not address else ""
        return f"`localai-gitops models add {shlex.quote(place)} --name {one.name}`{same}"
    if not address and not _FILE.search(first.path):
        return (
            "a model file names one file of weights, not a repository: find one, such as a GGUF, "
            f"and `localai-gitops models add ADDRESS --name {one.name}`"
        )
    names = " ".join(shlex.quote(f"./{file.path}") for file in one.files)
    return (
        f"run `(sha256sum {names}; stat -c '%s  %n' {names}) > facts.txt` where the files are, and "
        "migrate again with `--facts facts.txt`"
    )


def _folders(layout: Layout, request: Request) -> Iterator[Remark]:
    for folder in layout.folders if len(request.entries) == len(layout.entries) else ():
        cure = f"`--models {shlex.quote(folder)}` reads them"
        yield unknown(folder, "may hold model files, and is not looked into", cure)


def _steps(
    request: Request, files: Mapping[str, str], remarks: tuple[Remark, ...], *, unpinned: bool
) -> Iterator[Step]:
    if any(one.fate is Fate.OPEN for one in remarks):
        yield Step(
            title="Find what is not known, as said above, and migrate again",
            why="a model is in the stack once its file is complete",
            commands=(f"{request.adopt}{' --force' if files else ''}",),
        )
    if files and unpinned:
        yield Step(
            title="Pin the images by digest",
            why="a registry says them; `check` refuses without, in all stacks but a first one",
            commands=(f"localai-gitops digests lock {request.stack}",),
        )
    if files:
        yield Step(
            title="See what is declared",
            why="nothing was started, fetched or changed elsewhere",
            commands=(
                f"localai-gitops check {request.stack}",
                f"localai-gitops preview {request.stack} --base none",
            ),
        )
