"""Looks up what a stack file names, and whether it goes together: server, GPUs, models."""

from collections.abc import Iterator
from difflib import get_close_matches

from components.checks.claims import claim_findings
from components.checks.gpu import gpu_findings, profile_findings, taken
from components.checks.router import router_findings
from components.checks.scale import declared_findings, distributed_findings, scale_findings
from components.checks.sharing import shared, strange_lenders
from components.parts.context import Context
from components.pool.placement import node_selector
from components.pool.pool import Pool
from components.weights.weights import IMAGE as WEIGHTS_IMAGE
from documents.validation import Finding
from hardware.fit import Verdict
from hardware.profile import GIB, GpuProfile, UnknownProfileError
from hardware.profiles import gpu_profile
from localai.accelerator import Accelerator
from localai.server import (
    Server,
    UnknownEngineError,
    UnknownServerVersionError,
    engine_image,
    server,
    server_image,
)
from localai.version import at_least
from models.catalog import Catalog
from models.definition import Definition
from settings.config import PROJECT, SettingsError
from settings.pool.pool import PoolSettings
from settings.stack.stack import StackSettings

_POOLS = ("config", f"{PROJECT}:pools")


def resolve(
    stack: str, settings: StackSettings, catalog: Catalog
) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of a stack.

    Raises:
        SettingsError: a name is unknown, or a pool cannot work on its server or its GPUs.
    """
    try:
        context = Context(stack=stack, settings=settings, server=server(settings.server.version))
    except UnknownServerVersionError as error:
        path = ("config", f"{PROJECT}:server", "version")
        raise SettingsError([(path, f"is {settings.server.version}", str(error))]) from None
    growth = settings.scaling.gpus if settings.scaling else ()
    found = list(declared_findings(("config", f"{PROJECT}:scaling"), growth))
    pools: list[Pool] = []
    for name, pool_settings in settings.pools.items():
        try:
            pools.append(_pool(context, name, pool_settings, catalog))
        except SettingsError as error:
            found += error.findings
    strangers = list(strange_lenders(settings))
    if not found and not strangers:
        pools = list(shared(pools))
    for pool in pools:
        found += [*_impossible(pool), *claim_findings(pool)]
    found += [*strangers, *_torn_claims(pools), *_idle_digests(settings, context.server, pools)]
    found += router_findings(settings, pools)
    found += distributed_findings(settings, context.server)
    if found:
        raise SettingsError(found)
    return context, tuple(pools)


def _pool(context: Context, name: str, settings: PoolSettings, catalog: Catalog) -> Pool:
    found: list[Finding] = []
    profile: GpuProfile | None = None
    if settings.gpu is not None:
        try:
            profile = gpu_profile(settings.gpu)
            found += profile_findings((*_POOLS, name), settings, profile)
        except UnknownProfileError as error:
            found.append(((*_POOLS, name, "gpu"), f"{settings.gpu} is no GPU profile", str(error)))
    definitions: list[Definition] = []
    for index, model in enumerate(settings.models):
        if model in catalog.definitions:
            definitions.append(catalog.definitions[model])
        else:
            path = (*_POOLS, name, "models", index)
            found.append((path, f"{model} is not in models/", _nearest(model, catalog)))
    # Said after the models: an alias of a misspelled model is right.
    found = found or list(_strange_aliases(name, settings))
    if found:
        raise SettingsError(found)
    return Pool(
        context=context, name=name, settings=settings, profile=profile, models=tuple(definitions)
    )


def _strange_aliases(name: str, settings: PoolSettings) -> Iterator[Finding]:
    for alias, target in settings.aliases.items():
        if target not in settings.models:
            cause = f"has the alias {alias} for {target}, which is not among its models"
            yield (*_POOLS, name), cause, f"use one of {', '.join(settings.models)}"


def _nearest(model: str, catalog: Catalog) -> str:
    near = get_close_matches(model, catalog.definitions, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? If not, " if near else ""
    return f"{hint}add models/{model}.yaml"


def _impossible(pool: Pool) -> Iterator[Finding]:
    path = (*_POOLS, pool.name)
    for index, model in enumerate(pool.models):
        for cause, cure in _unserved(model, pool.context.server, pool):
            yield (*path, "models", index), cause, cure
    yield from _too_large(pool, path)
    yield from (*gpu_findings(path, pool), *scale_findings(path, pool))


def _unserved(model: Definition, release: Server, pool: Pool) -> Iterator[tuple[str, str]]:
    if not at_least(release.version, model.minimum_server):
        cause = f"{model.name} needs LocalAI {model.minimum_server}"
        yield cause, f"raise localai:server.version, now {release.version}"
    try:
        engine_image(release, model.backend, pool.accelerator)
    except UnknownEngineError as error:
        yield f"{model.name} needs the engine {model.backend}", str(error)


def _too_large(pool: Pool, path: tuple[str, ...]) -> Iterator[Finding]:
    fit = pool.fit
    if fit.verdict is Verdict.TOO_LARGE:
        cause = (
            f"{pool.active} of its models need {fit.needed / GIB:.1f} GiB at once, "
            f"{taken(pool)} has {fit.available / GIB:.1f} GiB"
        )
        fewer = "lower `active`, " if pool.active > 1 else ""
        larger = "use a larger gpu or more gpus" if pool.profile else "raise `memory`"
        yield path, cause, f"{fewer}{larger}, or a smaller context in the model"


def _torn_claims(pools: list[Pool]) -> Iterator[Finding]:
    """Yield pools that share a one-node claim but want different nodes."""
    first: dict[str, Pool] = {}
    for pool in pools:
        other = first.setdefault(pool.claim, pool)
        if pool.one_node and _nodes(pool) != _nodes(other):
            cause = f"shares the one-node claim {pool.claim} with {other.name} on other nodes"
            yield (*_POOLS, pool.name), cause, "use a ReadWriteMany claim, or the same nodes"


def _nodes(pool: Pool) -> tuple[str | None, dict[str, str] | None]:
    return pool.settings.gpu, node_selector(pool)


def _idle_digests(settings: StackSettings, release: Server, pools: list[Pool]) -> Iterator[Finding]:
    """Yield pins of images that the stack does not run, such as those of another version."""
    used = {WEIGHTS_IMAGE, *([settings.router.image] if settings.router else [])}
    for pool in pools:
        used.add(server_image(release, pool.accelerator))
        used |= {server_image(release, Accelerator.CPU)} if pool.settings.distributed else set()
        used |= {_engine(release, engine, pool) for engine in pool.engines}
    for reference in settings.digests:
        if reference not in used:
            path = ("config", f"{PROJECT}:digests", reference)
            cure = f"use one of {', '.join(sorted(used - {''}))}"
            yield path, "pins an image that this stack does not run", cure


def _engine(release: Server, engine: str, pool: Pool) -> str:
    try:
        return engine_image(release, engine, pool.accelerator)
    except UnknownEngineError:
        return ""
