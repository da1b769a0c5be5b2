import re

import pytest

from hardware.amd import PROFILES, RESOURCE
from hardware.profile import GIB, GpuProfile
from localai.release import Accelerator

every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


@every_profile
def test_a_pod_asks_for_amds_resource_and_runs_rocm(profile: GpuProfile):
    assert profile.resource == RESOURCE == "amd.com/gpu"
    assert profile.accelerator is Accelerator.ROCM
    assert [taint.key for taint in profile.tolerations] == ["amd.com/gpu"]


@every_profile
def test_a_node_is_chosen_by_the_product_that_the_labeller_writes(profile: GpuProfile):
    ((label, product),) = profile.node_selector.items()

    assert label == "amd.com/gpu.product-name"
    assert re.fullmatch(r"AMD_[A-Za-z0-9_]{1,58}[A-Za-z0-9]", product)


@every_profile
def test_memory_is_whole_gibibytes_less_what_the_driver_keeps(profile: GpuProfile):
    assert profile.memory
    assert (profile.memory + 16 * 2**20) % (8 * GIB) == 0
