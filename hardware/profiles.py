"""Every GPU profile by name."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from hardware import amd, arm, intel, mig, nvidia, vulkan
from hardware.profile import GpuProfile, UnknownProfileError

PROFILES: Mapping[str, GpuProfile] = {
    profile.name: profile
    for vendor in (nvidia, mig, amd, intel, vulkan, arm)
    for profile in vendor.PROFILES
}


def gpu_profile(name: str) -> GpuProfile:
    """Return the GPU profile of a name.

    Raises:
        UnknownProfileError: there is none; the text names the nearest, or all.
    """
    try:
        return PROFILES[name]
    except KeyError:
        near = _nearest(name)
        cure = f"did you mean {near!r}?" if near else f"use one of {', '.join(PROFILES)}"
        raise UnknownProfileError(cure) from None


def _nearest(name: str) -> str:
    """Return the profile that a name means; another number is another GPU, however alike."""
    words = _words(name)
    meant = [known for known in PROFILES if words and words <= _words(known)]
    alike = get_close_matches(name, PROFILES, n=9)
    alike = [one for one in alike if _numbers_agree(_NUMBER.findall(one), _NUMBER.findall(name))]
    return next(iter((*sorted(meant, key=len), *alike)), "")


_NUMBER = re.compile(r"[0-9]+")


def _numbers_agree(known: list[str], said: list[str]) -> bool:
    # A digit too many is a slip of the hand: 44 may mean 4, but 3090 is not 4090.
    pairs = zip(known, said, strict=False)
    return len(known) == len(said) and all(b.startswith(a) for a, b in pairs)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", name.lower()))
