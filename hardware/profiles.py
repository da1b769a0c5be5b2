"""The built-in GPU profiles by name, and the way from a name to its profile."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from hardware import amd, arm, intel, mig, nvidia, vulkan
from hardware.profile import GpuProfile, UnknownProfileError

PROFILES: Mapping[str, GpuProfile] = {
    profile.name: profile
    for vendor in (nvidia, mig, amd, intel, vulkan, arm)
    for profile in vendor.PROFILES
}


_MOST_NAMES = 3


def gpu_profile(name: str, profiles: Mapping[str, GpuProfile]) -> GpuProfile:
    """Return the GPU profile of a name among those of a checkout.

    Raises:
        UnknownProfileError: there is none; the text names the nearest, and where the others are.
    """
    try:
        return profiles[name]
    except KeyError:
        near = " or ".join(map(repr, _nearest(name, profiles)))
        meant = f"did you mean {near}? If not, " if near else ""
        others = "`localai-gitops models gpus` lists those there are"
        raise UnknownProfileError(
            f"{meant}describe it in gpus/{_file(name)}.yaml; {others}"
        ) from None


def _file(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:63].strip("-") or "<name>"


def _nearest(name: str, profiles: Iterable[str]) -> list[str]:
    """Return the profiles that a name may mean; another number is another GPU, however alike."""
    words = _words(name)
    meant = [known for known in profiles if words and words <= _words(known)]
    alike = get_close_matches(name, profiles, n=9)
    alike = [one for one in alike if _numbers_agree(_NUMBER.findall(one), _NUMBER.findall(name))]
    return list(dict.fromkeys((*sorted(meant, key=len), *alike)))[:_MOST_NAMES]


_NUMBER = re.compile(r"[0-9]+")


def _numbers_agree(known: list[str], said: list[str]) -> bool:
    # A digit too many is a slip of the hand: 44 may mean 4, but 3090 is neither 4090 nor 30.
    pairs = zip(known, said, strict=False)
    return len(known) == len(said) and all(b[:-1] == a or b == a for a, b in pairs)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", name.lower()))
