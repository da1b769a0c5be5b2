"""Writes PNG files, sound and unsound ones."""

import zlib
from collections.abc import Sequence


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def png(
    pixels: bytes,
    width: int,
    height: int,
    *,
    channels: int = 1,
    filters: Sequence[int] | None = None,
    color: int | None = None,
    content: bytes | None = None,
) -> bytes:
    """Return a file; `color` and `content` replace what would be right."""
    length = width * channels
    lines = [pixels[start : start + length] for start in range(0, height * length, length)]
    kinds = filters or [0] * height
    stored = b"".join(
        bytes([kind]) + _filtered(kind, line, above, channels)
        for kind, line, above in zip(kinds, lines, [bytes(length), *lines], strict=False)
    )
    known = color if color is not None else {1: 0, 3: 2}[channels]
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, known, 0, 0, 0])
    body = zlib.compress(stored) if content is None else content
    parts = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in parts)


def _filtered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    left = bytes(step) + line
    corner = bytes(step) + above
    found = bytearray()
    for value, a, b, c in zip(line, left, above, corner, strict=False):
        near = sorted((abs(a + b - c - one), order, one) for order, one in enumerate((a, b, c)))
        found.append((value - (0, a, b, (a + b) // 2, near[0][2])[kind]) & 0xFF)
    return bytes(found)
