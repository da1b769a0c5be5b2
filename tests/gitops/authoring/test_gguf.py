import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.authoring.gguf import TruncatedError, UnreadableHeadError, network
from sandbox.models.gguf import Value, gguf

QWEN: dict[str, Value] = {
    "general.architecture": "qwen3",
    "general.name": "Qwen3 4B",
    "qwen3.block_count": 36,
    "qwen3.context_length": 40960,
    "qwen3.embedding_length": 2560,
    "qwen3.attention.head_count": 32,
    "qwen3.attention.head_count_kv": 8,
    "qwen3.attention.key_length": 128,
    "qwen3.attention.value_length": 128,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
    "tokenizer.chat_template": "{{ messages }}",
}


def head(**edited: Value) -> bytes:
    return gguf({**QWEN, **{key.replace("__", "."): value for key, value in edited.items()}}, {})


def test_the_figures_are_those_that_the_catalog_has_by_hand():
    found = network(head())

    assert (found.layers, found.kv_heads, found.head_dim) == (36, 8, 128)
    assert (found.context, found.template, found.pooling) == (40960, True, None)


def test_without_a_key_length_a_head_is_a_part_of_the_width():
    metadata = {key: value for key, value in QWEN.items() if "_length" not in key}
    found = network(gguf({**metadata, "qwen3.embedding_length": 4096}, {}))

    assert found.head_dim == 128


def test_layers_without_keys_and_values_are_not_counted():
    found = network(head(qwen3__attention__head_count_kv=[8, 0, 0, 4]))

    assert (found.layers, found.kv_heads) == (2, 8)


def test_a_window_counts_only_where_the_file_says_which_layers_slide():
    alone = network(head(qwen3__attention__sliding_window=512))
    both = network(
        head(qwen3__attention__sliding_window=512, qwen3__attention__sliding_window_pattern=6)
    )

    assert (alone.window, alone.full_attention_layers) == (None, None)
    assert (both.window, both.full_attention_layers) == (512, 6)


@given(st.integers(0, len(head()) - 40))
def test_a_part_of_a_head_asks_for_more(length: int):
    with pytest.raises(TruncatedError):
        network(head()[:length])


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_else_than_answer_or_refuse(tail: bytes):
    for data in (tail, b"GGUF" + tail, b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + tail):
        try:
            network(data)
        except (TruncatedError, UnreadableHeadError):
            continue


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04" + bytes(40), "does not start"),
        (b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "version 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 10**9), "pairs of metadata"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**40), "a key of"),
        (gguf({"general.name": "x"}, {}), "no architecture"),
    ],
)
def test_what_is_no_head_is_refused(data: bytes, said: str):
    with pytest.raises(UnreadableHeadError, match=said):
        network(data)
