"""The stack that is promoted into as it will be: its files, and what they make."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from components.checks.resolve import release_of
from documents.files import declared_bytes
from documents.problem import Problem, RefusedError, refusal
from documents.reader import LARGEST_BYTES, read, read_file
from gitops.cluster.file import FOLDER, read_clusters
from gitops.cluster.layout import MANIFESTS
from gitops.cluster.manifests import cluster_objects, folder, found, manifests
from gitops.planning.checkout import (
    Declared,
    clashes,
    is_first,
    read_declared,
    render_file,
    resolved,
)
from gitops.planning.project import FILE
from gitops.planning.rendering.rendering import Rendering
from gitops.promotion.lists import Lists, with_lists
from gitops.promotion.served import with_served
from gitops.sources.digests import with_digests
from gitops.validation.judgement import judgement
from models.catalog import Catalog
from models.definition import Definition
from settings.file import StackFile, read_stack_file, stack_file, stack_names
from settings.release import Release, release_name, served_digest
from settings.stack.stack import Pinning

_KEY = "localai:promotion"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which release goes where: all of it, or some of its models, by their names."""

    source: str
    target: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Side:
    """A stack as it is: its file, its release, and how it renders."""

    file: StackFile
    release: Release
    rendering: Rendering


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a promotion makes of a stack.

    `files` are those that change, by their paths. `problems` keep it from being made, and then
    there is neither release nor rendering; `rules` are what `check` refuses of it.
    """

    files: Mapping[str, bytes | None]
    release: Release | None = None
    rendering: Rendering | None = None
    problems: tuple[Problem, ...] = ()
    rules: tuple[Problem, ...] = ()


def side(root: Path, stack: str, catalog: Catalog) -> Side:
    """Return a stack as it is.

    Raises:
        RefusedError: there is none, or it is not valid.
    """
    file = read_stack_file(root, stack)
    release = file.release or release_of(*resolved(file, catalog))
    return Side(file=file, release=release, rendering=render_file(file, catalog))


def refuse_unasked(source: Side, target: Side, asked: Asked) -> None:
    """Refuse what no promotion can be.

    Raises:
        RefusedError: the target takes releases from elsewhere, or a model is not in the release.
    """
    file, promotion = target.file.document, target.file.settings.promotion
    path = ("config", _KEY)
    if promotion is None:
        cure = f"add it, with `from: {asked.source}`"
        raise RefusedError([replace(file.problem(path[:1], f"has no {_KEY}", cure), path=path[:1])])
    if promotion.source != asked.source:
        cause = f"is {promotion.source}, not {asked.source}"
        cure = f"`localai-gitops promote {promotion.source} {asked.target}`"
        raise RefusedError([file.problem((*path, "from"), cause, cure)])
    known = {*source.release.models, *source.release.served}
    if unknown := sorted({*asked.models} - known):
        cure = f"use any of: {', '.join(sorted(known))}"
        raise refusal("--model", f"{unknown[0]} is not in the release of {asked.source}", cure)


def made(
    root: Path, asked: Asked, sides: tuple[Side, Side], catalog: Catalog, today: date
) -> Target:
    """Return what a promotion makes of a stack; nothing is written.

    Raises:
        RefusedError: the stack file cannot be edited, or another file of the checkout is not valid.
    """
    source, target = sides
    name = f"Pulumi.{asked.target}.yaml"
    content = declared_bytes(root, name, most=LARGEST_BYTES)
    if astray := list(_astray(source, target, asked)):
        return Target(files={}, problems=tuple(astray))
    version = None if asked.models else source.release.server
    text = with_lists(content, name, _lists(source, target, asked), version)
    text = text if asked.models else _with_images(text, name, sides)
    text = with_served(text, (source.file, target.file), asked.models)
    floats = _floats(root, target)
    try:
        release = _release(stack_file(asked.target, read(text, name=name)), sides, asked, catalog)
        file = replace(
            stack_file(asked.target, read(text, name=name)), release=None if floats else release
        )
        rendering = render_file(file, catalog)
        problems = (*clashes(root, [file]), *(_unlike(release, catalog, file) if floats else ()))
    except RefusedError as error:
        return Target(files={}, problems=error.problems)
    if problems:
        return Target(files={}, problems=problems)
    files: dict[str, bytes | None] = {name: text} if text != content else {}
    if not floats and target.file.release != release:
        files[release_name(asked.target)] = release.text.encode()
    files |= pulled(root, rendering) if files else {}
    rules = tuple(_refused(root, file, rendering, catalog, today))
    return Target(files=files, release=release, rendering=rendering, rules=rules)


def _refused(
    root: Path, file: StackFile, rendering: Rendering, catalog: Catalog, today: date
) -> Iterator[Problem]:
    """Yield what `check` refuses of the stack, or of no stack in particular."""
    declared = Declared(
        project=read_file(root, FILE), catalog=catalog, files=(file,), renderings=(rendering,),
        alone=False,
    )  # fmt: skip
    for one in judgement(declared, today).refusals:
        if one.stack in (file.stack, "") or one.file == file.document.file:
            yield one


def moved(source: Side, asked: Asked) -> dict[str, Definition]:
    """Return the models that are promoted, by name."""
    models = source.release.models
    chosen = {name: models[name] for name in asked.models if name in models}
    return chosen if asked.models else dict(models)


def _home(target: Side, pool: str) -> str:
    promotion = target.file.settings.promotion
    return promotion.pools.get(pool, pool) if promotion else pool


def _concerned(source: Side, asked: Asked) -> Iterator[str]:
    for name, pool in source.file.settings.pools.items():
        if not asked.models or {*asked.models} & {*pool.models}:
            yield name


def _astray(source: Side, target: Side, asked: Asked) -> Iterator[Problem]:
    """Yield the pools of a release that have no place in the stack it goes to."""
    for pool in _concerned(source, asked):
        home = _home(target, pool)
        if home not in target.file.settings.pools:
            known = ", ".join(target.file.settings.pools)
            cause = f"has no pool {home} for what pool {pool} of {asked.source} serves"
            cure = f"add it, or map {pool} to one of {known} under `{_KEY}.pools`"
            path = ("config", "localai:pools")
            yield target.file.document.problem(path, cause, cure)


def _lists(source: Side, target: Side, asked: Asked) -> dict[str, Lists]:
    """Return what the pools of the target list then."""
    found: dict[str, Lists] = {}
    for name in _concerned(source, asked):
        home, theirs = _home(target, name), source.file.settings.pools[name]
        ours = target.file.settings.pools[home]
        if not asked.models:
            found[home] = Lists(models=theirs.models, aliases=theirs.aliases)
            continue
        chosen = tuple(one for one in theirs.models if one in asked.models)
        known = {one: to for one, to in ours.aliases.items() if to not in chosen}
        more = {one: to for one, to in theirs.aliases.items() if to in chosen}
        models = (*ours.models, *(one for one in chosen if one not in ours.models))
        found[home] = Lists(models=models, aliases={**known, **more})
    return found


def _with_images(content: bytes, name: str, sides: tuple[Side, Side]) -> bytes:
    """Return a stack file whose digests are those of the release, where it lists some."""
    source, target = sides
    document = read(content, name=name)
    old = stack_file(target.file.stack, document).settings.digests
    new = {image: source.release.images.get(image) or digest for image, digest in old.items()
           if image in source.release.images or image not in target.release.images
           or source.release.server == target.release.server}  # fmt: skip
    return content if new == old else with_digests(document, content.decode(), new).encode()


def _release(file: StackFile, sides: tuple[Side, Side], asked: Asked, catalog: Catalog) -> Release:
    source, target = sides
    ours = target.file.release.models if target.file.release else {}
    models = {**catalog.definitions, **ours, **moved(source, asked)}
    settings = file.settings.model_copy(update={"release": None})
    alone = replace(file, settings=settings, release=None)
    found = release_of(*resolved(alone, Catalog(definitions=models)))
    theirs, old = source.release.images, target.release.images
    images = {name: (theirs.get(name) if not asked.models else "") or digest or old.get(name, "")
              or theirs.get(name, "") for name, digest in found.images.items()}  # fmt: skip
    return found.model_copy(update={"images": images})


def _floats(root: Path, target: Side) -> bool:
    if target.file.release:
        return False
    alone = len(stack_names(root)) == 1
    said = target.file.settings.release is Pinning.FLOATS
    return said or is_first(target.file.stack, alone=alone)


def _unlike(release: Release, catalog: Catalog, file: StackFile) -> Iterator[Problem]:
    """Yield the models that a stack which floats would serve otherwise than they were proven."""
    for name, digest in release.summary["models"].items():
        model = catalog.definitions.get(name)
        if model is None or served_digest(model) != digest:
            cause = f"floats, and models/{name}.yaml differs from what was proven"
            cure = "delete `localai:release`, so that the promotion writes a release file"
            yield file.document.problem(("config", "localai:release"), cause, cure)


def pulled(root: Path, rendering: Rendering) -> dict[str, bytes | None]:
    """Return the manifests of a cluster as they will be with a stack.

    Of a stack that the operator applies these are its rights, which follow from its objects.
    Those that differ from what is committed, by their paths; None is for one that goes.

    Raises:
        RefusedError: a cluster file, or another stack of the cluster, is not valid.
    """
    files: dict[str, bytes | None] = {}
    for cluster in read_clusters(root):
        if rendering.stack not in cluster.settings.stacks:
            continue
        others = [one for one in cluster.settings.stacks if one != rendering.stack]
        known = read_declared(root, others).renderings if others else ()
        whole = cluster_objects(cluster, [*known, rendering])
        wanted = manifests(whole) if whole else {}
        there = found(folder(root, cluster.name))
        for name in sorted({*wanted, *there}):
            if wanted.get(name) != there.get(name):
                path = f"{FOLDER}/{cluster.name}/{MANIFESTS}/{name}"
                files[path] = wanted[name].encode() if name in wanted else None
    return files
