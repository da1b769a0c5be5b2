"""Writing a GGUF file, version 3, with F32 tensors: what llama.cpp loads.

Layout by the specification in ggml's repository (docs/gguf.md): header, metadata, tensor infos,
then the tensors, each aligned to 32 bytes. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ALIGNMENT = 32
VERSION = 3
U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
TENSOR_F32 = 0

Value = str | bool | int | float | Sequence[str] | Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A dense matrix of zeros at first; a vector has one row."""

    rows: int
    columns: int
    values: array[float]

    def __setitem__(self, place: tuple[int, int], value: float) -> None:
        """Set the value in a row and column."""
        self.values[place[0] * self.columns + place[1]] = value

    def __getitem__(self, place: tuple[int, int]) -> float:
        """Return the value in a row and column."""
        return self.values[place[0] * self.columns + place[1]]


def zeros(rows: int, columns: int) -> Matrix:
    """Return a matrix of zeros."""
    return Matrix(rows=rows, columns=columns, values=array("f", bytes(4 * rows * columns)))


def ones(columns: int) -> Matrix:
    """Return a vector of ones."""
    return Matrix(rows=1, columns=columns, values=array("f", [1.0]) * columns)


def string(text: str) -> bytes:
    """Return a text with its length before it."""
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def typed(value: Value) -> bytes:
    """Return a metadata value with its type before it; whole numbers in lists are signed."""
    if isinstance(value, str):
        return struct.pack("<I", STRING) + string(value)
    if isinstance(value, bool):
        return struct.pack("<I?", BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", U32, value)
    if isinstance(value, float):
        return struct.pack("<If", F32, value)
    texts = [item for item in value if isinstance(item, str)]
    numbers = [item for item in value if isinstance(item, int)]
    items = [string(text) for text in texts] or [struct.pack("<i", number) for number in numbers]
    head = struct.pack("<IIQ", ARRAY, STRING if texts else I32, len(items))
    return head + b"".join(items)


def dimensions(matrix: Matrix) -> list[int]:
    """Return the sizes of a tensor, the fastest one first."""
    return [matrix.columns] if matrix.rows == 1 else [matrix.columns, matrix.rows]


def tensor_info(name: str, matrix: Matrix, offset: int) -> bytes:
    """Return what the file says of a tensor before it comes."""
    sizes = dimensions(matrix)
    numbers = struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, TENSOR_F32, offset)
    return string(name) + numbers


def padding(length: int) -> bytes:
    """Return what fills up to the next aligned place."""
    return bytes(-length % ALIGNMENT)


def gguf(metadata: Mapping[str, Value], tensors: Mapping[str, Matrix]) -> bytes:
    """Return the bytes of a file with this metadata and these tensors, in their order."""
    parts = [b"GGUF", struct.pack("<IQQ", VERSION, len(tensors), len(metadata))]
    parts += [string(key) + typed(value) for key, value in metadata.items()]
    data = bytearray()
    for name, matrix in tensors.items():
        parts.append(tensor_info(name, matrix, len(data)))
        data += matrix.values.tobytes()
        data += padding(len(data))
    head = b"".join(parts)
    return head + padding(len(head)) + bytes(data)


def write_gguf(path: Path, metadata: Mapping[str, Value], tensors: Mapping[str, Matrix]) -> Path:
    """Write a file and return where it is."""
    path.write_bytes(gguf(metadata, tensors))
    return path
