from localai.tables.fields_4_8 import MODEL_FIELDS, USECASES


def test_a_field_is_nested_once_at_most():
    assert max(name.count(".") for name in MODEL_FIELDS) == 1


def test_keys_that_run_commands_are_known_so_that_rules_can_refuse_them():
    assert {"mcp", "trust_remote_code", "download_files", "artifacts"} <= MODEL_FIELDS


def test_a_pooled_vector_and_a_ranking_are_usecases():
    assert {"embeddings", "rerank", "chat", "transcript", "image"} <= USECASES
