import pytest

from hardware.profile import UnknownProfileError
from hardware.profiles import PROFILES, gpu_profile


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_found_by_its_name(name: str):
    assert gpu_profile(name, PROFILES).name == name


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
        gpu_profile(name, PROFILES)


@pytest.mark.parametrize("name", ["", "abacus", "nvidia-rtx-3080"])
def test_what_is_like_no_profile_is_told_how_to_describe_it_and_where_the_others_are(name: str):
    with pytest.raises(UnknownProfileError) as caught:
        gpu_profile(name, PROFILES)

    file = f"gpus/{name or '<name>'}.yaml"
    lists = "`localai-gitops models gpus` lists those there are"
    assert str(caught.value) == f"describe it in {file}; {lists}"


def test_no_more_than_three_names_are_proposed():
    with pytest.raises(UnknownProfileError) as caught:
        gpu_profile("nvidia", PROFILES)

    assert str(caught.value).count("'nvidia-") == 3
    assert len(str(caught.value)) < 250
