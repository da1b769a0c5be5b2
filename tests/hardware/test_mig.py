import re

import pytest

from hardware.mig import PROFILES
from hardware.nvidia import PROFILES as WHOLE
from hardware.profile import GIB, GpuProfile

every_slice = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


@every_slice
def test_a_slice_is_a_resource_of_its_own_on_nodes_of_the_whole_gpu(profile: GpuProfile):
    products = [one.node_selector["nvidia.com/gpu.product"] for one in WHOLE]

    assert profile.slice
    assert re.fullmatch(r"nvidia\.com/mig-[1-4]g\.\d+gb", profile.resource)
    assert profile.node_selector["nvidia.com/gpu.product"] in products
    assert [taint.key for taint in profile.tolerations] == ["nvidia.com/gpu"]


@every_slice
def test_a_slice_holds_a_little_less_than_its_name_says(profile: GpuProfile):
    figure = re.search(r"\.(\d+)gb$", profile.resource)

    assert figure
    assert profile.memory
    assert 0.94 * int(figure[1]) <= profile.memory / GIB <= int(figure[1])


@every_slice
def test_the_name_of_a_slice_is_a_label_that_says_gpu_and_size(profile: GpuProfile):
    size = profile.resource.removeprefix("nvidia.com/mig-").replace(".", "-")

    assert re.fullmatch(rf"nvidia-(a100-40gb|a100-80gb|h100-80gb)-mig-{size}", profile.name)


# How many of the smallest slices one GPU is cut into at most, by NVIDIA's tables.
@pytest.mark.parametrize(
    ("name", "count"),
    [("a100-40gb-mig-1g-5gb", 7), ("a100-80gb-mig-1g-10gb", 7), ("h100-80gb-mig-1g-10gb", 7)],
)
def test_a_gpu_has_the_memory_of_all_its_slices(name: str, count: int):
    (part,) = (one for one in PROFILES if one.name == f"nvidia-{name}")
    product = part.node_selector["nvidia.com/gpu.product"]
    (whole,) = (one for one in WHOLE if one.node_selector["nvidia.com/gpu.product"] == product)

    assert part.memory
    assert whole.memory
    assert count * part.memory < whole.memory
