import pytest

from gitops.planning.printable import binary, decimal


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0"), (1, "0.1 MB"), (5_000_000, "5.0 MB"), (99_999_999, "100.0 MB"),
        (100_000_000, "0.1 GB"), (5_030_000_000, "5.0 GB"), (1_200_000_000_000, "1200.0 GB"),
    ],
)  # fmt: skip
def test_a_download_is_decimal(size: int, text: str):
    assert decimal(size) == text


def test_an_estimate_is_marked_but_nothing_is_not_an_estimate():
    assert decimal(5_030_000_000, exact=False) == "~5.0 GB"
    assert decimal(0, exact=False) == "0"


def test_memory_is_binary():
    assert binary(24 * 2**30) == "24.0 GiB"
