"""What fits several GPUs that share one model: each must hold its part of the layers.

llama.cpp gives each GPU layers in the ratio of `tensor_split`, with their part of the key/value
cache; compute buffers are on every GPU (its split mode `layer`, the default).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from hardware.fit import BUFFER, Fit, Load, needed_bytes, verdict


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
