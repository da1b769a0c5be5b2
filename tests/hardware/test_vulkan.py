import pytest

from hardware.profile import GpuProfile
from hardware.vulkan import PROFILES
from localai.release import Accelerator

every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


@every_profile
def test_only_the_resource_of_a_vulkan_gpu_is_known(profile: GpuProfile):
    assert profile.accelerator is Accelerator.VULKAN
    assert profile.memory is None
    assert not profile.node_selector
    assert profile.resource


def test_each_resource_is_offered_once():
    assert len({one.resource for one in PROFILES}) == len(PROFILES)
