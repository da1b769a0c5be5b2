"""How much memory models need, figure by figure, and what holds them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from components.pool.pool import SERVER_MEMORY, Pool, cache, load
from hardware.fit import BUFFER, TIGHT, Fit, Verdict, cache_bytes, fit, fullest_share
from hardware.profile import GIB, GpuProfile
from localai.release import Accelerator
from localai.server import SERVERS, UnknownEngineError, engine_image
from models.definition import LLAMA_CPP, Definition


@dataclass(frozen=True, kw_only=True)
class Term:
    """One figure of a sum: of which model, or of the pod where it is empty, and how it came."""

    model: str
    what: str
    bytes: int
    how: str
    exact: bool = True


@dataclass(frozen=True, kw_only=True)
class Place:
    """A kind of GPU and how a model fits it; `reason` says where that is not known, or moot."""

    profile: str
    memory: int | None
    fit: Fit | None
    reason: str = ""


def gib(size: int, *, exact: bool = True) -> str:
    """Return a memory size in GiB, with a mark where it rests on an estimate."""
    return f"{'' if exact else '~'}{size / GIB:.1f} GiB"


def terms(model: Definition) -> Iterator[Term]:
    """Yield what a model takes in memory beside other models."""
    taken = load(model)
    for path, file in model.named_files.items():
        yield Term(
            model=model.name, what=str(path[-1]), bytes=file.size.bytes, how=file.file,
            exact=file.size.exact,
        )  # fmt: skip
    yield from _cache_terms(model)
    yield Term(
        model=model.name, what="compute buffers", bytes=taken.weights // 20, how="5 % of its files",
        exact=taken.exact,
    )  # fmt: skip


_FIRST = Term(model="", what="compute buffers", bytes=BUFFER, how="once a pod")


def _cache_terms(model: Definition) -> Iterator[Term]:
    figures = cache(model)
    if figures is None:
        if model.backend == LLAMA_CPP:
            how = "not counted: the model file has no `architecture`"
            yield Term(model=model.name, what="key/value cache", bytes=0, how=how, exact=False)
        return
    token = f"2 x {figures.kv_heads} heads x {figures.head_dim} x 2 bytes (f16)"
    sliding = figures.layers - (figures.full_attention_layers or 0)
    if figures.window is None or figures.full_attention_layers is None:
        how = f"{figures.layers} layers x {figures.tokens} tokens x {token}"
        yield Term(model=model.name, what="key/value cache", bytes=cache_bytes(figures), how=how)
        return
    whole = replace(figures, layers=figures.full_attention_layers, window=None)
    kept = min(figures.tokens, figures.window * figures.slots)
    for layers, tokens, size in (
        (whole.layers, figures.tokens, cache_bytes(whole)),
        (sliding, kept, cache_bytes(figures) - cache_bytes(whole)),
    ):
        how = f"{layers} layers x {tokens} tokens x {token}"
        yield Term(model=model.name, what="key/value cache", bytes=size, how=how)


def alone(model: Definition) -> tuple[Term, ...]:
    """Return what a model needs where it is the only one, the sum last."""
    found = (*terms(model), _FIRST)
    exact = all(term.exact for term in found)
    total = sum(term.bytes for term in found)
    return (*found, Term(model="", what="needed", bytes=total, how="the sum", exact=exact))


def places(model: Definition, profiles: Iterable[GpuProfile]) -> Iterator[Place]:
    """Yield how a model fits one GPU of each profile, alone."""
    for profile in profiles:
        reason = "" if _has_engine(model, profile.accelerator) else f"no {model.backend} for it"
        if not profile.memory:
            reason = reason or "its memory is only yours to say: `gpuMemory` in a stack file"
        known = None if reason else fit([load(model)], active=1, available=profile.memory or 1)
        yield Place(profile=profile.name, memory=profile.memory, fit=known, reason=reason)


def _has_engine(model: Definition, accelerator: Accelerator) -> bool:
    try:
        engine_image(list(SERVERS.values())[-1], model.backend, accelerator)
    except UnknownEngineError:
        return False
    return True


def smallest(model: Definition, profiles: Iterable[GpuProfile]) -> Place | None:
    """Return the whole GPU with the least memory that a model fits with room to spare."""
    whole = [profile for profile in profiles if not profile.slice]
    fitting = [one for one in places(model, whole) if one.fit and one.fit.verdict is Verdict.FITS]
    return min(fitting, key=lambda one: one.memory or 0, default=None)


def pod_memory(model: Definition) -> int:
    """Return the memory of a pod that serves a model alone on CPUs, as pools compute it."""
    needed = int(alone(model)[-1].bytes / TIGHT)
    return -(-(needed + SERVER_MEMORY) // GIB) * GIB


def pool_terms(pool: Pool) -> tuple[Term, ...]:
    """Return how the memory of a pool came about: each model, what is needed, what there is."""
    found = [term for model in pool.models for term in terms(model)]
    return (*found, _FIRST, _needed(pool), *_available(pool))


def _needed(pool: Pool) -> Term:
    count = len(pool.models)
    how = "the sum" if pool.active >= count else f"of the {pool.active} largest of {count} models"
    split = pool.settings.tensor_split
    if split:
        how += f", {fullest_share(split)} of it on the GPU with the largest part of tensorSplit"
    fits = pool.fit
    return Term(model="", what="needed", bytes=fits.needed, how=how, exact=fits.exact)


def _available(pool: Pool) -> Iterator[Term]:
    available = pool.fit.available
    if not pool.profile:
        declared = pool.settings.memory
        how = (
            f"`memory: {declared}`" if declared
            else "needed / 0.85, plus 2 GiB for the server, in whole GiB"
        )  # fmt: skip
        exact = bool(declared) or pool.fit.exact
        yield Term(model="", what="memory of the pod", bytes=pool.memory, how=how, exact=exact)
        how = "less 2 GiB for the server"
        yield Term(model="", what="available", bytes=available, how=how, exact=exact)
        return
    share = pool.settings.gpu_share
    count = 1 if pool.settings.tensor_split else pool.gpus
    how = f"{count} x {pool.profile.name} of {gib(pool.gpu_memory)}"
    if pool.settings.gpu_memory:
        how += f", by `gpuMemory: {pool.settings.gpu_memory}`"
    if share:
        how += f", each 1/{share.of} of a GPU"
    yield Term(model="", what="available", bytes=available, how=how)


def verdict_words(found: Fit) -> str:
    """Return a verdict with the share of what there is."""
    return f"{found.verdict}: {found.needed / found.available:.0%} of {gib(found.available)}"


def term_document(found: Iterable[Term]) -> list[Mapping[str, Any]]:
    """Return terms as plain values."""
    return [asdict(term) for term in found]
