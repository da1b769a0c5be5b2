"""Looks up what a stack file names: server, GPU profiles, models, claims of other pools.

A stack that has a release serves what that holds, and its stack file has to agree with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from components.checks.rulebook import judged
from components.parts.context import Context
from components.pool.pool import Pool
from documents.problem import KeyPath, Problem
from hardware.profile import UnknownProfileError
from hardware.profiles import gpu_profile
from localai.release import Accelerator
from localai.server import (
    UnknownAcceleratorError,
    UnknownEngineError,
    UnknownServerVersionError,
    engine_image,
    server,
    server_image,
)
from models.catalog import Catalog
from settings.config import SettingsError, in_config
from settings.pool.pool import PoolSettings
from settings.release import Release, release_name, resolved, short
from settings.stack.stack import Pinning, StackSettings


def resolve(
    stack: str, settings: StackSettings, catalog: Catalog, release: Release | None = None
) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of a stack, with the models of its release if it has one.

    Raises:
        SettingsError: a name is unknown, a pool cannot work on its server or its GPUs, or the stack
            file and the release say different things.
    """
    try:
        context = Context(
            stack=stack, settings=settings, server=server(settings.server.version),
            profiles=catalog.profiles,
        )  # fmt: skip
    except UnknownServerVersionError as error:
        cause = f"is {settings.server.version}"
        unknown = Problem(path=("server", "version"), cause=cause, cure=str(error))
        raise SettingsError(in_config([unknown])) from None
    found = list(_release_problems(context, release))
    if release and not found:
        pins = {name: digest for name, digest in release.images.items() if digest}
        settings = settings.model_copy(update={"digests": {**pins, **settings.digests}})
        context = replace(context, settings=settings)
        catalog = replace(catalog, definitions=release.models)
    found += _unknown_growth(settings, catalog)
    pools: list[Pool] = []
    for name, pool in settings.pools.items():
        if unknown := list(
            _unknown_names(("pools", name), pool, catalog, stack if release else "")
        ):
            found += unknown
        else:
            pools.append(unjudged(context, name, pool, catalog))
    if release and not found:
        found += _disagreements(context, pools, release)
    known, broken = judged(context, pools, complete=not found)
    if found or broken:
        raise SettingsError(in_config([*found, *broken]))
    return context, known


def release_of(context: Context, pools: Sequence[Pool]) -> Release:
    """Return what a stack serves, as one thing; an image by tag alone is bound to no bytes."""
    return Release(
        server=context.server.version,
        images={name: context.settings.digests.get(name, "") for name in _images(context, pools)},
        aliases={
            alias: target for pool in pools for alias, target in pool.settings.aliases.items()
        },
        models={model.name: resolved(model) for pool in pools for model in pool.models},
        served={name: one.proven(name) for name, one in context.settings.served_models.items()},
    )


def _images(context: Context, pools: Sequence[Pool]) -> list[str]:
    known = context.server
    names = {server_image(known, pool.accelerator) for pool in pools}
    names |= {server_image(known, Accelerator.CPU) for pool in pools if pool.settings.distributed}
    names |= {
        engine_image(known, name, pool.accelerator) for pool in pools for name in pool.engines
    }
    names |= {one.image for one in context.settings.served_models.values()}
    return sorted(names)


def _release_problems(context: Context, release: Release | None) -> Iterator[Problem]:
    """Yield why a stack cannot have the release file that it has, or has none."""
    stack, settings = context.stack, context.settings
    name, write = release_name(stack), f"write it with `localai-gitops release {stack}`"
    if release is None:
        if settings.release is Pinning.PINNED:
            yield Problem(
                path=("release",), cause=f"is 'pinned', but {name} does not exist", cure=write
            )
    elif settings.release is Pinning.FLOATS:
        cause = f"is 'floats', but {name} exists"
        yield Problem(path=("release",), cause=cause, cure="delete one of the two")
    elif release.server != settings.server.version:
        cause = f"is {settings.server.version}, but {name} has {release.server}"
        yield Problem(path=("server", "version"), cause=cause, cure=_again(stack))


def _again(stack: str) -> str:
    return f"take the edit back, or write the release anew: `localai-gitops release {stack}`"


def _disagreements(context: Context, pools: Sequence[Pool], release: Release) -> Iterator[Problem]:
    """Yield what a stack file says otherwise than its release, at the key that says it."""
    try:
        said, held = release_of(context, pools).summary, release.summary
    except (UnknownEngineError, UnknownAcceleratorError):
        # No image is known to compare; a rule says it at its pool.
        return
    name, cure = release_name(context.stack), _again(context.stack)
    keys = {
        **{("aliases", one): ("pools", pool.name, "aliases", one)
           for pool in pools for one in pool.settings.aliases},
        **{("served", one): ("servedModels", one) for one in context.settings.served_models},
        **{("images", one): ("digests", one) for one in context.settings.digests},
    }  # fmt: skip
    for what, (top, noun) in _DECLARED.items():
        here, there = said.get(what, {}), held.get(what, {})
        for one in sorted(one for one in {*here, *there} if here.get(one) != there.get(one)):
            path = keys.get((what, one)) if one in here else None
            ours = f"has {noun} {one}" if one in here else f"has no {noun} {one}"
            ours = f"is {_shown(here[one])}" if path else ours
            cause = f"{ours}, but {name} has {_shown(there.get(one))}"
            yield Problem(path=path or (top,), cause=cause, cure=cure)


# What a release holds: the key that declares it where no closer one does, and what one is called.
_DECLARED = {
    "images": ("digests", "image"), "models": ("pools", "model"), "aliases": ("pools", "alias"),
    "served": ("servedModels", "served model"),
}  # fmt: skip


def _shown(value: str | None) -> str:
    if not value:
        return "nothing" if value is None else "it by tag alone"
    return repr(short(value))


def unjudged(context: Context, name: str, settings: PoolSettings, catalog: Catalog) -> Pool:
    """Return a pool whose names are known, whatever rules it breaks."""
    return Pool(
        context=context,
        name=name,
        settings=settings,
        profile=gpu_profile(settings.gpu, catalog.profiles) if settings.gpu else None,
        models=tuple(catalog.definitions[model] for model in settings.models),
    )


def _unknown_names(
    path: KeyPath, pool: PoolSettings, catalog: Catalog, released: str
) -> Iterator[Problem]:
    """Yield names of a pool that are not known; `released` is its stack if that has a release."""
    if pool.gpu is not None and (cure := unknown_profile(pool.gpu, catalog)):
        yield Problem(path=(*path, "gpu"), cause=f"{pool.gpu} is not a GPU profile", cure=cure)
    for index, model in enumerate(pool.models):
        if model not in catalog.definitions:
            cause, cure = f"{model} is not in models/", _nearest(model, catalog)
            if released:
                cause, cure = f"{model} is not in {release_name(released)}", _again(released)
            yield Problem(path=(*path, "models", index), cause=cause, cure=cure)


def _unknown_growth(settings: StackSettings, catalog: Catalog) -> Iterator[Problem]:
    for name in settings.scaling.gpus if settings.scaling else ():
        if cure := unknown_profile(name, catalog):
            path = ("scaling", "gpus", name)
            yield Problem(path=path, cause="is not a GPU profile", cure=cure)


def unknown_profile(name: str, catalog: Catalog) -> str:
    """Return what to do about the name of a GPU profile that is not known; else nothing."""
    try:
        gpu_profile(name, catalog.profiles)
    except UnknownProfileError as error:
        return str(error)
    return ""


def _nearest(model: str, catalog: Catalog) -> str:
    near = get_close_matches(model, catalog.definitions, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? If not, " if near else ""
    return f"{hint}add models/{model}.yaml"
