"""Looks up what a stack file names: server, GPU profiles, models, claims of other pools."""

from collections.abc import Iterator
from difflib import get_close_matches

from components.checks.rulebook import judged
from components.parts.context import Context
from components.pool.pool import Pool
from documents.problem import KeyPath, Problem
from hardware.profile import UnknownProfileError
from hardware.profiles import gpu_profile
from localai.server import UnknownServerVersionError, server
from models.catalog import Catalog
from settings.config import SettingsError, in_config
from settings.pool.pool import PoolSettings
from settings.stack.stack import StackSettings


def resolve(
    stack: str, settings: StackSettings, catalog: Catalog
) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of a stack.

    Raises:
        SettingsError: a name is unknown, or a pool cannot work on its server or its GPUs.
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
    found = list(_unknown_growth(settings, catalog))
    pools: list[Pool] = []
    for name, pool in settings.pools.items():
        if unknown := list(_unknown_names(("pools", name), pool, catalog)):
            found += unknown
        else:
            pools.append(unjudged(context, name, pool, catalog))
    known, broken = judged(context, pools, complete=not found)
    if found or broken:
        raise SettingsError(in_config([*found, *broken]))
    return context, known


def unjudged(context: Context, name: str, settings: PoolSettings, catalog: Catalog) -> Pool:
    """Return a pool whose names are known, whatever rules it breaks."""
    return Pool(
        context=context,
        name=name,
        settings=settings,
        profile=gpu_profile(settings.gpu, catalog.profiles) if settings.gpu else None,
        models=tuple(catalog.definitions[model] for model in settings.models),
    )


def _unknown_names(path: KeyPath, pool: PoolSettings, catalog: Catalog) -> Iterator[Problem]:
    if pool.gpu is not None and (cure := unknown_profile(pool.gpu, catalog)):
        yield Problem(path=(*path, "gpu"), cause=f"{pool.gpu} is not a GPU profile", cure=cure)
    for index, model in enumerate(pool.models):
        if model not in catalog.definitions:
            cause, cure = f"{model} is not in models/", _nearest(model, catalog)
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
