import pytest

from hardware.profile import UnknownProfileError
from hardware.profiles import PROFILES, gpu_profile


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_found_by_its_name(name: str):
    assert gpu_profile(name).name == name


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("l4", "nvidia-l4"),
        ("L4", "nvidia-l4"),
        ("mi300x", "amd-mi300x"),
        ("nvidia-l40", "nvidia-l40s"),
        ("nvidia-a100", "nvidia-a100-40gb"),
        ("nvdia-t4", "nvidia-t4"),
    ],
)
def test_nearly_a_profile_is_told_its_neighbor(name: str, near: str):
    with pytest.raises(UnknownProfileError, match=f"did you mean '{near}'"):
        gpu_profile(name)


@pytest.mark.parametrize("name", ["", "abacus", "nvidia-rtx-3090"])
def test_what_is_like_no_profile_is_told_all_there_are(name: str):
    with pytest.raises(UnknownProfileError) as caught:
        gpu_profile(name)

    assert str(caught.value) == f"use one of {', '.join(PROFILES)}"
