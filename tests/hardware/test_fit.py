from dataclasses import replace

import pytest

from hardware.fit import Cache, Load, Verdict, cache_bytes, fit, needed_bytes
from hardware.profile import GIB

MIB = 1_048_576

# Figures of the published config.json of each model.
LLAMA_3_8B = Cache(layers=32, kv_heads=8, head_dim=128, tokens=8192, slots=1)
QWEN3_0_6B = Cache(layers=28, kv_heads=8, head_dim=128, tokens=4096, slots=2)
GPT_OSS_20B = Cache(
    layers=24, kv_heads=8, head_dim=64, tokens=16384, slots=4, window=128, full_attention_layers=12
)
GEMMA_3_4B = Cache(
    layers=34, kv_heads=4, head_dim=256, tokens=8192, slots=2, window=1024, full_attention_layers=5
)


def load(weights: int, cache: int = 0, *, exact: bool = True) -> Load:
    return Load(name="a", weights=weights, cache=cache, exact=exact)


@pytest.mark.parametrize(
    ("cache", "count"),
    [
        # 2 x 32 layers x 8 heads x 128 x 2 bytes = 131 072 bytes a token.
        (replace(LLAMA_3_8B, tokens=1), 131_072),
        (LLAMA_3_8B, 1_073_741_824),
        # 2 x 28 x 8 x 128 x 2 = 114 688 bytes a token, x 4 096 tokens of both slots together.
        (QWEN3_0_6B, 469_762_048),
        # 2 048 bytes a layer and token: 12 layers x 16 384 tokens + 12 layers x 128 x 4 slots.
        (GPT_OSS_20B, 402_653_184 + 12_582_912),
        # 4 096 bytes a layer and token: 5 layers x 8 192 tokens + 29 layers x 1 024 x 2 slots.
        (GEMMA_3_4B, 167_772_160 + 243_269_632),
    ],
)
def test_the_cache_is_what_the_attention_layout_says(cache: Cache, count: int):
    assert cache_bytes(cache) == count


def test_slots_share_the_tokens_where_every_layer_keeps_all():
    assert cache_bytes(replace(LLAMA_3_8B, slots=4)) == cache_bytes(LLAMA_3_8B)


def test_a_window_never_keeps_more_than_the_tokens_there_are():
    short = replace(GEMMA_3_4B, tokens=1024)

    assert cache_bytes(short) == cache_bytes(replace(short, window=None))


def test_no_layer_of_full_attention_is_not_taken_for_all_of_them():
    windowed = replace(GPT_OSS_20B, full_attention_layers=0)

    assert cache_bytes(windowed) == 24 * 2_048 * 128 * 4


def test_a_load_takes_a_twentieth_of_its_weights_for_buffers():
    assert load(1_000, cache=50).total == 1_100


def test_models_in_memory_share_one_set_of_buffers():
    # 1 050 + 2 100 bytes, and half a GiB.
    assert needed_bytes([load(1_000), load(2_000)], active=2) == 3_150 + 536_870_912


def test_the_largest_models_count_where_not_all_are_active():
    loads = [load(1_000), load(3_000), load(2_000)]

    assert needed_bytes(loads, active=1) == needed_bytes([load(3_000)], active=1)
    assert needed_bytes(loads, active=2) == needed_bytes([load(3_000), load(2_000)], active=2)


def test_a_small_file_with_a_large_cache_can_be_the_largest_model():
    assert needed_bytes([load(1_000), load(100, cache=5_000)], active=1) == 5_105 + GIB // 2


def test_no_model_needs_nothing():
    assert needed_bytes([], active=1) == 0
    assert fit([], active=1, available=GIB).verdict is Verdict.FITS


def test_loads_may_come_from_anywhere_once():
    found = fit((load(size) for size in (1_000, 2_000)), active=2, available=GIB)

    assert (found.needed, found.exact) == (3_150 + GIB // 2, True)


@pytest.mark.parametrize(
    ("available", "verdict"),
    [
        (2_000 * MIB, Verdict.FITS),
        (1_000 * MIB, Verdict.FITS),
        (1_000 * MIB - 1, Verdict.TIGHT),
        (895 * MIB, Verdict.TIGHT),
        (894 * MIB, Verdict.TOO_LARGE),
        (1, Verdict.TOO_LARGE),
    ],
)
def test_up_to_85_percent_fit_and_up_to_95_are_tight(available: int, verdict: Verdict):
    # With its buffers of 512 MiB it needs 850 MiB.
    found = fit([load(0, cache=338 * MIB)], active=1, available=available)

    assert (found.needed, found.verdict) == (850 * MIB, verdict)


def test_a_fit_is_exact_only_if_every_size_is():
    assert fit([load(1), load(2)], active=2, available=GIB).exact
    assert not fit([load(1), load(2, exact=False)], active=1, available=GIB).exact
