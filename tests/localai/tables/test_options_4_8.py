from localai.tables.options_4_8 import LLAMA_CPP, STABLE_DIFFUSION, STABLE_DIFFUSION_PATHS


def test_an_option_name_holds_no_separator():
    assert not [name for name in LLAMA_CPP | STABLE_DIFFUSION if ":" in name or "-" in name]


def test_an_option_that_names_a_file_or_directory_is_relative_to_the_models():
    named = {name for name in STABLE_DIFFUSION if name.endswith(("_path", "_dir"))}
    assert named == STABLE_DIFFUSION_PATHS
