import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.picture import picture, pixels_of
from predict.rows import LARGEST_BODY, RowsError, Tensor
from tests.predict.png import chunk, png

GRAY = (Tensor(name="image", kind="uint8", rows=None, shape=(8, 8)),)
RGB = (Tensor(name="image", kind="uint8", rows=None, shape=(2, 3, 3)),)
PIXELS = bytes(range(64))


def refused(body: bytes, status: int) -> str:
    with pytest.raises(RowsError) as told:
        picture(body, GRAY)
    assert told.value.status == status
    return told.value.text


def test_a_picture_is_one_row_of_the_models_one_input():
    fed = picture(png(PIXELS, 8, 8), GRAY)["image"]

    assert (fed.kind, fed.shape, fed.values) == ("uint8", (1, 8, 8), list(PIXELS))


@given(pixels=st.binary(min_size=18, max_size=18), filters=st.binary(min_size=2, max_size=2))
def test_every_filter_of_lines_is_undone(pixels: bytes, filters: bytes):
    body = png(pixels, 3, 2, channels=3, filters=[one % 5 for one in filters])

    assert picture(body, RGB)["image"].values == list(pixels)


def test_colors_become_gray_and_gray_becomes_colors_as_the_model_takes_them():
    red = png(bytes([255, 0, 0]) * 64, 8, 8, channels=3)
    gray = png(bytes([7] * 6), 3, 2)

    assert picture(red, GRAY)["image"].values == [76] * 64
    assert picture(gray, RGB)["image"].values == [7] * 18


@given(body=st.binary(max_size=200), cut=st.integers(0, 120), at=st.integers(0, 119))
def test_what_is_no_picture_is_refused_in_words(body: bytes, cut: int, at: int):
    whole = bytearray(png(PIXELS, 8, 8))
    whole[at % len(whole)] ^= 1
    for broken in (body, bytes(whole), png(PIXELS, 8, 8)[:cut]):
        assert "picture" in refused(broken, 415) or broken == b""


def test_an_empty_one_and_other_formats_are_told_apart():
    assert refused(b"", 415) == "the request is empty"
    assert refused(b"\xff\xd8\xff\xe0JFIF", 415) == "the picture is not a PNG file"
    assert "save it as PNG with 8 bits a channel" in refused(png(PIXELS, 8, 8, color=3), 415)
    assert "ends too early" in refused(png(PIXELS, 8, 8)[:-12], 415)


def test_a_picture_of_another_size_is_refused_before_anything_is_decompressed():
    header = chunk(b"IHDR", (50_000).to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0]))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"not compressed") + chunk(b"IEND", b"")

    said = refused(bomb, 422)

    assert said == "the picture is 50000 x 50000 pixels; the model takes 8 x 8"


def test_pixels_beyond_the_size_of_the_header_are_never_unpacked():
    bomb = zlib.compress(bytes(500_000_000 // 8), 9)

    assert len(bomb) < LARGEST_BODY
    assert "does not hold as many pixels" in refused(png(PIXELS, 8, 8, content=bomb), 415)
    assert "longer than" in refused(png(PIXELS, 8, 8) + bytes(LARGEST_BODY), 413)


@pytest.mark.parametrize(
    ("kind", "shape", "taken"),
    [
        ("uint8", (8, 9), (8, 9, 1)),
        ("uint8", (8, 9, 1), (8, 9, 1)),
        ("uint8", (8, 9, 3), (8, 9, 3)),
        ("uint8", (8, 9, 4), None),
        ("uint8", (None, 9), None),
        ("uint8", (64,), None),
        ("float", (8, 8), None),
    ],
)
def test_a_model_takes_pictures_if_its_one_input_is_of_pixels(
    kind: str, shape: tuple[int | None, ...], taken: tuple[int, int, int] | None
):
    assert pixels_of((Tensor(name="x", kind=kind, rows=None, shape=shape),)) == taken


def test_a_model_of_two_inputs_takes_no_pictures():
    assert pixels_of(GRAY + RGB) is None
    with pytest.raises(RowsError, match="takes no pictures"):
        picture(png(PIXELS, 8, 8), GRAY + RGB)


def test_only_a_picture_of_the_right_size_is_unpacked(monkeypatch: pytest.MonkeyPatch):
    opened: list[int] = []
    real: Callable[..., object] = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", lambda: opened.append(1) or real())

    refused(png(PIXELS + PIXELS, 16, 8), 422)
    assert opened == []
    picture(png(PIXELS, 8, 8), GRAY)
    assert opened == [1]
