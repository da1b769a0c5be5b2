import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from localai.release import Accelerator, parse
from localai.server import (
    SERVERS,
    Server,
    UnknownAcceleratorError,
    UnknownEngineError,
    UnknownServerVersionError,
    engine_image,
    server,
    server_image,
)

ROOT = Path(__file__).parents[2]

V4_9 = server("v4.9.0")


def test_two_versions_are_known_oldest_first():
    assert list(SERVERS) == ["v4.8.2", "v4.9.0"]
    assert list(SERVERS) == sorted(SERVERS, key=parse)


def test_every_version_is_known_by_its_own_name():
    assert all(name == one.version for name, one in SERVERS.items())


def test_an_unknown_version_names_the_known_ones():
    with pytest.raises(UnknownServerVersionError, match=r"v1\.0\.0 .* v4\.8\.2, v4\.9\.0"):
        server("v1.0.0")


def test_a_server_image_carries_release_and_accelerator():
    expected = "quay.io/go-skynet/local-ai:v4.9.0-gpu-nvidia-cuda-12"
    assert server_image(V4_9, Accelerator.CUDA_12) == expected


def test_the_cpu_image_has_no_suffix():
    assert server_image(V4_9, Accelerator.CPU) == "quay.io/go-skynet/local-ai:v4.9.0"


@pytest.mark.parametrize("accelerator", list(Accelerator))
@pytest.mark.parametrize("release", SERVERS.values(), ids=list(SERVERS))
def test_a_server_image_is_never_latest_or_of_a_dead_family(
    release: Server, accelerator: Accelerator
):
    tag = server_image(release, accelerator).rpartition(":")[2]
    dead = ("latest", "master", "aio", "cublas", "sycl", "-core", "-ffmpeg")
    assert not [name for name in dead if name in tag]


def test_an_accelerator_without_a_server_image_is_refused():
    bare = dataclasses.replace(V4_9, image_suffixes={Accelerator.CPU: ""})
    with pytest.raises(UnknownAcceleratorError, match="no image for rocm; it has cpu"):
        server_image(bare, Accelerator.ROCM)


def test_an_engine_image_is_of_the_servers_release():
    expected = "quay.io/go-skynet/local-ai-backends:v4.9.0-gpu-nvidia-cuda-12-llama-cpp"
    assert engine_image(V4_9, "llama-cpp", Accelerator.CUDA_12) == expected


def test_an_engine_whose_tag_names_no_hardware_gets_no_empty_part():
    expected = "quay.io/go-skynet/local-ai-backends:v4.9.0-piper"
    assert engine_image(V4_9, "piper", Accelerator.CPU) == expected


def test_all_images_of_a_version_differ():
    images = [
        engine_image(V4_9, engine.name, accelerator)
        for engine in V4_9.engines.values()
        for accelerator in engine.variants
    ]
    images += [server_image(V4_9, accelerator) for accelerator in Accelerator]
    assert len(images) == len(set(images))


def test_an_unknown_engine_names_the_known_ones():
    with pytest.raises(UnknownEngineError, match=r"no engine bark-cpp; use one of .*whisper"):
        engine_image(V4_9, "bark-cpp", Accelerator.CPU)


def test_an_engine_names_the_accelerators_it_is_built_for():
    with pytest.raises(UnknownEngineError, match="not built for vulkan; it is built for cpu"):
        engine_image(V4_9, "piper", Accelerator.VULKAN)


def test_the_room_costs_nothing_to_import_but_the_standard_library():
    code = (
        "import sys; import localai.server;"
        "print(*{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    loaded = subprocess.check_output(
        [sys.executable, "-S", "-c", code], text=True, cwd=ROOT
    ).split()

    assert set(loaded) - {"__main__"} == {"localai"}
