"""What fits a GPU or a pod: the memory of loaded models against what there is.

Key/value cache: 2 (keys, values) x layers x kv_heads x head_dim x 2 bytes (f16) a token, the exact
formula of the attention layout; a sliding-window layer keeps `window` tokens of a slot only.
Compute buffers: 0.5 GiB for the first model and 5 % of the weights, what llama.cpp allocates at
a batch of 512 within a factor of two; the verdict `tight` covers the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from hardware.profile import GIB

_BYTES_F16 = 2
BUFFER = GIB // 2
# Driver, context and fragmentation: a GPU is never usable to its last byte.
USABLE = 0.95
TIGHT = 0.85


@dataclass(frozen=True, kw_only=True)
class Cache:
    """What decides the key/value cache of one model; `tokens` are of all slots together."""

    layers: int
    kv_heads: int
    head_dim: int
    tokens: int
    slots: int
    window: int | None = None
    full_attention_layers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Load:
    """One model in memory: bytes of its files and of its cache; `exact` if nothing is estimated."""

    name: str
    weights: int
    cache: int
    exact: bool

    @property
    def total(self) -> int:
        """Return the bytes it takes with its share of compute buffers."""
        return self.weights + self.cache + self.weights // 20


class Verdict(StrEnum):
    """Whether models fit; `tight` where an error of the estimate could tip it."""

    FITS = "fits"
    TIGHT = "tight"
    TOO_LARGE = "does not fit"


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The models that may be loaded together, the bytes they need, and those there are."""

    verdict: Verdict
    needed: int
    available: int
    exact: bool


def cache_bytes(cache: Cache) -> int:
    """Return the bytes of a key/value cache in f16."""
    per_layer_token = 2 * cache.kv_heads * cache.head_dim * _BYTES_F16
    if cache.window is None or cache.full_attention_layers is None:
        return per_layer_token * cache.layers * cache.tokens
    windowed = cache.layers - cache.full_attention_layers
    kept = min(cache.tokens, cache.window * cache.slots)
    return per_layer_token * (cache.full_attention_layers * cache.tokens + windowed * kept)


def needed_bytes(loads: Iterable[Load], active: int) -> int:
    """Return the bytes of the `active` largest loads together, with one set of buffers."""
    largest = sorted((load.total for load in loads), reverse=True)[:active]
    return sum(largest) + BUFFER if largest else 0


def fit(loads: Iterable[Load], *, active: int, available: int) -> Fit:
    """Return whether the `active` largest loads fit into `available` bytes."""
    everything = tuple(loads)
    needed = needed_bytes(everything, active)
    return Fit(
        verdict=verdict(needed / available),
        needed=needed,
        available=available,
        exact=all(load.exact for load in everything),
    )


def verdict(share: float) -> Verdict:
    """Return whether bytes fit, by their share of what there is."""
    if share > USABLE:
        return Verdict.TOO_LARGE
    return Verdict.TIGHT if share > TIGHT else Verdict.FITS


def fullest_share(ratios: Sequence[int]) -> Fraction:
    """Return the part of a model that the GPU with the most of it holds."""
    return Fraction(max(ratios), sum(ratios))


def split_fit(loads: Iterable[Load], *, active: int, available: int, ratios: Sequence[int]) -> Fit:
    """Return whether the GPU with the most of the loads holds its part; `available` is of one."""
    everything = tuple(loads)
    together = needed_bytes(everything, active)
    needed = int((together - BUFFER) * fullest_share(ratios)) + BUFFER if together else 0
    return Fit(
        verdict=verdict(needed / available),
        needed=needed,
        available=available,
        exact=all(load.exact for load in everything),
    )
