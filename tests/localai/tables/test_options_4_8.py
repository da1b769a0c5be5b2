import pytest

from localai.tables.engines_4_8 import LLAMA_CPP, STABLE_DIFFUSION


def test_an_option_name_holds_no_separator():
    assert not [name for name in LLAMA_CPP | STABLE_DIFFUSION if ":" in name or "-" in name]


@pytest.mark.parametrize(
    "name", ["cpu_moe", "n_cpu_moe", "fit_target", "draft_ctx_size", "spec_p_split", "rs_seq"]
)
def test_what_llama_cpp_reads_for_experts_and_drafts_is_known(name: str):
    assert name in LLAMA_CPP


def test_what_nothing_reads_is_unknown():
    assert "vae_decode_only" not in STABLE_DIFFUSION
    assert {"vae_tiling", "max_vram", "audio_vae_path"} <= STABLE_DIFFUSION
