import pytest

from localai.release import Accelerator
from localai.tables.engines_4_8 import ENGINES


def test_llama_cpp_is_built_for_every_accelerator():
    assert set(ENGINES["llama-cpp"].variants) == set(Accelerator)


@pytest.mark.parametrize("name", ["transformers", "rerankers"])
def test_python_engines_without_a_cpu_build_say_so(name: str):
    assert Accelerator.CPU not in ENGINES[name].variants


def test_python_engines_name_jetson_hardware_without_an_architecture():
    assert ENGINES["diffusers"].variants[Accelerator.L4T] == "nvidia-l4t"
    assert ENGINES["whisper"].variants[Accelerator.L4T] == "nvidia-l4t-arm64"


def test_image_models_take_their_parts_as_options():
    parts = {"vae_path", "clip_l_path", "clip_g_path", "t5xxl_path"}
    assert parts <= ENGINES["stablediffusion-ggml"].options


def test_slots_of_a_language_model_are_an_option():
    assert {"parallel", "kv_unified", "cache_reuse", "use_jinja"} <= ENGINES["llama-cpp"].options
