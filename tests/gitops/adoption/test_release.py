import pytest

from gitops.adoption.adoption import nearest
from gitops.adoption.remark import Fate


@pytest.mark.parametrize(
    ("image", "version", "fate"),
    [
        ("localai/localai:v4.9.0-gpu-nvidia-cuda-12", "v4.9.0", Fate.KEPT),
        ("localai/localai:v4.8.2", "v4.8.2", Fate.KEPT),
        ("quay.io/go-skynet/local-ai:v2.23.0-aio-cpu", "v4.8.2", Fate.CHANGED),
        ("localai/localai:v4.8.5", "v4.9.0", Fate.CHANGED),
    ],
)
def test_a_version_becomes_the_nearest_known_one(image: str, version: str, fate: Fate):
    server, remark = nearest(image)

    assert server.version == version
    assert remark.fate is fate


def test_an_image_without_a_version_is_taken_for_the_newest():
    server, remark = nearest("localai/localai:latest-aio-gpu-nvidia-cuda-12")

    assert f"names no version; LocalAI {server.version} is the newest known" in str(remark)


def test_a_version_of_the_future_is_told_to_go_back():
    assert "(older)" in str(nearest("localai/localai:v99.0.0")[1])


def test_a_version_of_thousands_of_digits_is_none():
    server, remark = nearest(f"localai/localai:v{'9' * 5000}.0.0")

    assert server.version in str(remark)
    assert "names no version" in str(remark)
