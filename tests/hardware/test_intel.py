import pytest

from hardware.intel import I915, PROFILES, XE
from hardware.profile import GIB, GpuProfile
from localai.release import Accelerator

every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


@every_profile
def test_a_pod_asks_for_the_resource_of_one_kernel_driver(profile: GpuProfile):
    assert profile.resource in {I915, XE}
    assert [taint.key for taint in profile.tolerations] == [profile.resource]
    assert profile.accelerator is Accelerator.INTEL


@every_profile
def test_a_node_is_chosen_by_the_product_that_intels_rules_write(profile: GpuProfile):
    assert list(profile.node_selector) == ["gpu.intel.com/product"]


def test_memory_is_below_the_figure_on_the_box():
    published = {"intel-flex-170": 16, "intel-max-1100": 48, "intel-arc-pro-b60": 24}

    assert {one.name for one in PROFILES} == set(published)
    for profile in PROFILES:
        assert profile.memory
        assert 0.85 < profile.memory / GIB / published[profile.name] < 0.96
