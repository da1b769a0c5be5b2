import pytest
from pydantic_core import PydanticCustomError

from localai.server import SERVERS
from models.options import known_engine, refusals


@pytest.mark.parametrize("name", sorted({one for s in SERVERS.values() for one in s.engines}))
def test_an_engine_of_a_known_version_is_known(name: str):
    assert known_engine(name) == name


@pytest.mark.parametrize(
    ("name", "near"),
    [("llama-cp", "llama-cpp"), ("whispr", "whisper"), ("sh", "use one of diffusers"),
     ("llama-cpp-development", "llama-cpp"), ("cuda12-llama-cpp", "llama-cpp")],
)  # fmt: skip
def test_another_engine_is_refused_with_the_nearest(name: str, near: str):
    with pytest.raises(PydanticCustomError) as caught:
        known_engine(name)
    assert near in str((caught.value.context or {})["cure"])


@pytest.mark.parametrize(
    ("engine", "option", "cause"),
    [
        ("llama-cpp", "rpc_servers:10.0.0.1", "sends what users write to other machines"),
        ("llama-cpp", "grpc_servers:a", "sends what users write to other machines"),
        ("vllm", "trust_remote_code:true", "runs code that comes with the weights"),
        ("llama-cpp", "parallel:4", "`slots` says it"),
        ("llama-cpp", "cache_reuse:1", "every pool sets it"),
        ("stablediffusion-ggml", "lora_dir:a", "a file that nobody has verified"),
        ("stablediffusion-ggml", "vae_path:a.gguf", "a file that nobody has verified"),
        ("llama-cpp", "swa_ful:true", "which the engine llama-cpp ignores"),
    ],
)
def test_an_option_is_refused_with_its_cause(engine: str, option: str, cause: str):
    (found,) = refusals(engine, [option])
    assert cause in found[0]


def test_known_options_pass_and_those_of_an_engine_without_a_table():
    assert (
        list(refusals("llama-cpp", ["swa_full:true", "spec_p_min:0.75", "reasoning_format"])) == []
    )
    assert list(refusals("vllm", ["anything:1"])) == []


def test_an_image_option_that_nothing_reads_is_refused():
    ((cause, _),) = refusals("stablediffusion-ggml", ["vae_decode_only:false"])

    assert cause == "lists vae_decode_only, which the engine stablediffusion-ggml ignores"


@pytest.mark.parametrize("option", ["cpu_moe", "n_cpu_moe:4", "fit_target:1", "spec_p_split:0.1"])
def test_what_the_newest_llama_cpp_reads_is_admitted(option: str):
    assert list(refusals("llama-cpp", [option])) == []
