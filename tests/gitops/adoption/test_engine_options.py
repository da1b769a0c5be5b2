from gitops.adoption.options import engine_options
from localai.server import server
from models.definition import Role
from tests.gitops.adoption.namespaces import texts

LLAMA_CPP = server("v4.9.0").engines["llama-cpp"]


def test_options_that_a_definition_has_keys_for_become_keys():
    made = engine_options("m", ["n_parallel:3", "pooling:mean", "use_jinja:true"], LLAMA_CPP)

    assert (made.slots, made.pooling, made.uses_own_template) == (3, "mean", True)
    assert made.kept == ()


def test_files_among_options_are_companions():
    made = engine_options("m", ["vae_path:ae.safetensors", "t5xxl_path:t5.gguf"], None)

    assert made.files == {Role.VAE: "ae.safetensors", Role.T5XXL: "t5.gguf"}


def test_known_options_are_passed_on():
    made = engine_options("m", ["swa_full:true", "warmup"], LLAMA_CPP)

    assert made.kept == ("swa_full:true", "warmup")
    assert made.remarks == ()


def test_other_options_are_reported_up_to_their_name():
    made = engine_options("m", ["--api-key:hush", "strange:1"], LLAMA_CPP)

    assert made.kept == ()
    assert "--api-key is not an option" in texts(made.remarks)
    assert "strange is not an option" in texts(made.remarks)
    assert "hush" not in texts(made.remarks)


def test_what_every_pool_sets_is_reported_where_it_differs():
    assert "fit_params becomes false" in texts(
        engine_options("m", ["fit_params:true", "kv_unified:true"], LLAMA_CPP).remarks
    )
