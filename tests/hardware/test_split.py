from fractions import Fraction

import pytest

from hardware.fit import BUFFER, Load, Verdict, fit, fullest_share, split_fit
from hardware.profile import GIB

MODEL = Load(name="a", weights=20 * GIB, cache=3 * GIB, exact=True)


def test_the_fullest_gpu_is_the_one_with_the_largest_part():
    assert fullest_share((3, 1)) == Fraction(3, 4)
    assert fullest_share((1, 1, 1)) == Fraction(1, 3)


def test_each_gpu_holds_its_part_of_the_layers_and_buffers_of_its_own():
    # 20 GiB of weights, a twentieth for buffers, 3 GiB of cache: 24 GiB over both.
    found = split_fit([MODEL], active=1, available=16 * GIB, ratios=(1, 1))

    assert found.needed == 12 * GIB + BUFFER
    assert found.verdict is Verdict.FITS


def test_an_uneven_split_fills_one_gpu_where_an_even_one_fits():
    even, uneven = (
        split_fit([MODEL], active=1, available=16 * GIB, ratios=ratios).verdict
        for ratios in ((1, 1), (3, 1))
    )

    assert (even, uneven) == (Verdict.FITS, Verdict.TOO_LARGE)


@pytest.mark.parametrize("ratios", [(1, 1), (2, 1), (1, 1, 1, 1)])
def test_a_split_never_fits_better_than_one_gpu_of_all_the_memory(ratios: tuple[int, ...]):
    split = split_fit([MODEL], active=1, available=10 * GIB, ratios=ratios)
    pooled = fit([MODEL], active=1, available=10 * GIB * len(ratios))

    assert split.needed / split.available >= pooled.needed / pooled.available - 0.05


def test_nothing_needs_nothing():
    assert split_fit([], active=1, available=GIB, ratios=(1, 1)).needed == 0
