import pytest

from hardware.arm import PROFILES
from hardware.profile import GpuProfile
from localai.tables.engines_4_8 import ARCHITECTURES

every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


@every_profile
def test_a_pod_lands_on_the_only_processor_its_image_is_built_for(profile: GpuProfile):
    assert ARCHITECTURES[profile.accelerator] == ("arm64",)
    assert profile.node_selector["kubernetes.io/arch"] == "arm64"


@every_profile
def test_a_machine_is_told_by_its_product_or_leaves_its_memory_to_the_pool(profile: GpuProfile):
    assert ("nvidia.com/gpu.product" in profile.node_selector) == (profile.memory is not None)
