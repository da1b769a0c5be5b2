"""Every GPU profile by name."""

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
        # People leave the vendor out.
        near = [one for one in PROFILES if one.endswith(f"-{name}")]
        near += get_close_matches(name, PROFILES, n=1)
        cure = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(PROFILES)}"
        raise UnknownProfileError(cure) from None
