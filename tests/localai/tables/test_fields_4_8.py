from localai.tables.server_4_8 import MODEL_FIELDS


def test_a_field_is_nested_once_at_most():
    assert max(name.count(".") for name in MODEL_FIELDS) == 1


def test_keys_that_run_commands_are_known_so_that_rules_can_refuse_them():
    assert {"mcp", "trust_remote_code", "download_files", "artifacts"} <= MODEL_FIELDS


def test_how_much_of_a_prompt_is_kept_is_written_as_llama_cpp_does():
    assert "parameters.n_keep" in MODEL_FIELDS
    assert "parameters.keep" not in MODEL_FIELDS
