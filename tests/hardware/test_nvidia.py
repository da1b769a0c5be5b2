import re

import pytest

from hardware.nvidia import PROFILES, RESOURCE
from hardware.profile import GIB, GpuProfile
from localai.release import Accelerator

every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


def profile(name: str) -> GpuProfile:
    (found,) = (one for one in PROFILES if one.name == name)
    return found


def test_names_are_distinct():
    assert len({one.name for one in PROFILES}) == len(PROFILES)


def test_labels_are_distinct():
    assert len({str(one.node_selector) for one in PROFILES}) == len(PROFILES)


@every_profile
def test_a_pod_asks_for_nvidias_resource_and_accepts_its_taint(profile: GpuProfile):
    assert profile.resource == RESOURCE
    assert [(taint.key, taint.effect) for taint in profile.tolerations] == [
        ("nvidia.com/gpu", "NoSchedule")
    ]


@every_profile
def test_a_node_is_chosen_by_the_product_that_feature_discovery_writes(profile: GpuProfile):
    ((label, product),) = profile.node_selector.items()

    assert label == "nvidia.com/gpu.product"
    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?", product)


@every_profile
def test_memory_is_a_little_below_the_figure_in_the_name(profile: GpuProfile):
    figures = re.search(r"-(\d+)gb$", profile.name)

    assert profile.memory
    assert 7 * GIB < profile.memory < 256 * GIB
    if figures:
        assert 0.97 * int(figures[1]) <= profile.memory / GIB <= int(figures[1])


@every_profile
def test_a_price_says_where_and_when_it_was_listed(profile: GpuProfile):
    if profile.price:
        assert 0 < profile.price.dollars_per_hour < 50
        assert re.search(r"\b20\d\d$", profile.price.source)


@every_profile
def test_engines_are_built_for_cuda_12(profile: GpuProfile):
    assert profile.accelerator is Accelerator.CUDA_12


@pytest.mark.parametrize(
    ("name", "mebibytes"),
    [("nvidia-t4", 15_360), ("nvidia-l4", 23_034), ("nvidia-l40s", 46_068)],
)
def test_memory_is_what_the_driver_reports(name: str, mebibytes: int):
    assert profile(name).memory == mebibytes * 1_048_576
