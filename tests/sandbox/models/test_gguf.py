import struct
from pathlib import Path

import pytest

from sandbox.models.gguf import ALIGNMENT, Value, gguf, ones, typed, write_gguf, zeros


def test_a_file_says_how_much_it_holds():
    head = gguf({"general.architecture": "llama"}, {"a": ones(3)})[:24]

    assert struct.unpack("<4sIQQ", head) == (b"GGUF", 3, 1, 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ab", struct.pack("<IQ", 8, 2) + b"ab"),
        (True, struct.pack("<I?", 7, True)),
        (7, struct.pack("<II", 4, 7)),
        (0.5, struct.pack("<If", 6, 0.5)),
        ([1, -1], struct.pack("<IIQii", 9, 5, 2, 1, -1)),
        (["a"], struct.pack("<IIQQ", 9, 8, 1, 1) + b"a"),
    ],
)
def test_a_value_carries_its_type(value: Value, expected: bytes):
    assert typed(value) == expected


def test_every_tensor_starts_at_an_aligned_place():
    first, second = ones(3), zeros(2, 2)
    second[1, 0] = 4.0

    data = gguf({}, {"first": first, "second": second})

    assert len(data) % ALIGNMENT == 0
    assert struct.unpack("<4f", data[-ALIGNMENT:][:16]) == (0.0, 0.0, 4.0, 0.0)
    assert struct.unpack("<3f", data[-2 * ALIGNMENT :][:12]) == (1.0, 1.0, 1.0)


def test_the_sizes_of_a_matrix_come_fastest_first(tmp_path: Path):
    path = write_gguf(tmp_path / "one.gguf", {}, {"m": zeros(2, 5)})

    assert struct.pack("<IQQ", 2, 5, 2) in path.read_bytes()
