"""Reads a picture as the one row of a model that takes pixels; PNG alone, with zlib alone.

Its size is compared with what the model takes before anything is decompressed, and no more than
that is: a small file cannot become a large picture.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import NoReturn

from predict.rows import LARGEST_BODY, Feed, RowsError, Tensor

PNG = "image/png"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Channels by the color type of the header (PNG, 11.2.1): gray, and red, green and blue.
_CHANNELS = {0: 1, 2: 3}
_HEADER, _FRAME = 13, 12
_BITS = 8
# Shares of red, green and blue in gray, in thousandths (ITU-R BT.601).
_GRAY = (299, 587, 114)
_DIMENSIONS = (2, 3)
_RGB = 3


def pixels_of(inputs: tuple[Tensor, ...]) -> tuple[int, int, int] | None:
    """Return height, width and channels of the pictures that a model takes, if it takes any.

    It has one input of bytes then, whose rows are height x width, by 1 or 3 channels.
    """
    if len(inputs) != 1 or inputs[0].kind != "uint8" or inputs[0].rows not in (None, 1):
        return None
    shape = inputs[0].shape
    if len(shape) not in _DIMENSIONS or None in shape[:2] or shape[2:] not in ((), (1,), (_RGB,)):
        return None
    height, width, *channels = (one or 0 for one in shape)
    return height, width, channels[0] if channels else 1


def picture(body: bytes, inputs: tuple[Tensor, ...]) -> dict[str, Feed]:
    """Return what a model is fed by a PNG file: one row.

    Raises:
        RowsError: 413 for too much, 415 for no PNG that is read, 422 for one of another size.
    """
    taken = pixels_of(inputs)
    if taken is None:
        raise RowsError(415, 'the model takes no pictures; send {"rows": [...]} as JSON')
    if len(body) > LARGEST_BODY:
        raise RowsError(413, f"the request is longer than {LARGEST_BODY} bytes")
    height, width, channels = taken
    found, content = _parts(body)
    high, wide, colors = found
    if (high, wide) != (height, width):
        raise RowsError(
            422, f"the picture is {wide} x {high} pixels; the model takes {width} x {height}"
        )
    values = _channels(_unfiltered(content, high, wide * colors, colors), colors, channels)
    row = inputs[0].shape
    return {
        inputs[0].name: Feed(
            kind="uint8", shape=(1, *(one or 0 for one in row)), values=list(values)
        )
    }


def _parts(body: bytes) -> tuple[tuple[int, int, int], bytes]:
    """Return height, width and channels of a PNG file, and its compressed lines."""
    if not body.startswith(_SIGNATURE):
        _refuse("the picture is not a PNG file" if body else "the request is empty")
    chunks = list(_chunks(body))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != _HEADER:
        _refuse("the picture has no header")
    header = chunks[0][1]
    bits, color, interlaced = header[8], header[9], header[12]
    if bits != _BITS or color not in _CHANNELS or interlaced or header[10:12] != b"\0\0":
        _refuse("the picture is of a kind that is not read; save it as PNG with 8 bits a channel, "
                "gray or RGB, without transparency, palette or interlace")  # fmt: skip
    if chunks[-1][0] != b"IEND":
        _refuse("the picture ends too early")
    wide, high = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    content = b"".join(data for name, data in chunks if name == b"IDAT")
    return (high, wide, _CHANNELS[color]), content


def _chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(body):
        length = int.from_bytes(body[place : place + 4])
        end = place + _FRAME + length
        if end > len(body):
            _refuse("the picture ends too early")
        name, data = body[place + 4 : place + 8], body[place + 8 : end - 4]
        if zlib.crc32(name + data) != int.from_bytes(body[end - 4 : end]):
            _refuse("the picture is damaged")
        yield name, data
        place = end


def _unfiltered(content: bytes, lines: int, length: int, step: int) -> bytes:
    """Return the bytes of all lines; each line is stored as its difference from others."""
    expected = lines * (length + 1)
    opened = zlib.decompressobj()
    try:
        found = opened.decompress(content, expected + 1)
    except zlib.error:
        _refuse("the picture is damaged")
    if len(found) != expected:
        _refuse("the picture does not hold as many pixels as its header says")
    above, rows = bytes(length), bytearray()
    for start in range(0, expected, length + 1):
        kind, stored = found[start], found[start + 1 : start + 1 + length]
        above = _line(kind, stored, above, step)
        rows += above
    return bytes(rows)


def _line(kind: int, stored: bytes, above: bytes, step: int) -> bytes:
    if kind >= len(_FILTERS):
        _refuse("the picture is damaged")
    line = bytearray(len(stored))
    guess = _FILTERS[kind]
    for index, value in enumerate(stored):
        left = line[index - step] if index >= step else 0
        corner = above[index - step] if index >= step else 0
        line[index] = (value + guess(left, above[index], corner)) & 0xFF
    return bytes(line)


def _paeth(left: int, above: int, corner: int) -> int:
    """Return the neighbor that is nearest to left + above - corner (PNG, 9.4)."""
    target = left + above - corner
    return min((left, above, corner), key=lambda one: abs(target - one))


# What a byte was subtracted from, by the kind of its line: left, above, left and above (PNG, 9.2).
_FILTERS: tuple[Callable[[int, int, int], int], ...] = (
    lambda _left, _above, _corner: 0,
    lambda left, _above, _corner: left,
    lambda _left, above, _corner: above,
    lambda left, above, _corner: (left + above) // 2,
    _paeth,
)


def _channels(values: bytes, found: int, wanted: int) -> bytes:
    if found == wanted:
        return values
    if wanted == 1:
        shares = zip(*(values[channel::found] for channel in range(found)), strict=True)
        return bytes((sum(map(int.__mul__, _GRAY, one)) + 500) // 1000 for one in shares)
    return bytes(value for value in values for _ in range(wanted))


def _refuse(text: str) -> NoReturn:
    raise RowsError(415, text)
