"""Small ONNX models as bytes, written here: `y = x W + b` for rows of any length and number."""

import struct
from collections.abc import Sequence

# Fields of onnx.proto3 and TensorProto.DataType, which never change.
_FLOAT, _INT64 = 1, 7
_OPSET, _IR = 13, 8


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(
        _field(1, _field(2, one) if isinstance(one, str) else _field(1, one)) for one in shape
    )
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dims)))


def _weights(name: str, shape: Sequence[int], values: Sequence[float]) -> bytes:
    dims = b"".join(_field(1, one) for one in shape)
    raw = struct.pack(f"<{len(values)}f", *values)
    return dims + _field(2, _FLOAT) + _field(8, name) + _field(9, raw)


def _node(kind: str, inputs: Sequence[str], output: str) -> bytes:
    names = b"".join(_field(1, one) for one in inputs)
    return names + _field(2, output) + _field(4, kind)


def _model(nodes: Sequence[bytes], graph: bytes) -> bytes:
    whole = b"".join(_field(1, one) for one in nodes) + _field(2, "g") + graph
    return _field(1, _IR) + _field(7, whole) + _field(8, _field(2, _OPSET))


def linear(weights: Sequence[float], bias: float) -> bytes:
    """Return the model `y = x · weights + bias`, whose input is named x."""
    width = len(weights)
    graph = b"".join((
        _field(5, _weights("w", (width, 1), weights)),
        _field(5, _weights("b", (1,), [bias])),
        _field(11, _value("x", _FLOAT, ("batch", width))),
        _field(12, _value("y", _FLOAT, ("batch", 1))),
    ))  # fmt: skip
    return _model([_node("Gemm", ("x", "w", "b"), "y")], graph)


def root() -> bytes:
    """Return the square root of x, which is no number for a negative one."""
    graph = _field(11, _value("x", _FLOAT, ("batch",))) + _field(
        12, _value("y", _FLOAT, ("batch",))
    )
    return _model([_node("Sqrt", ("x",), "y")], graph)


def total() -> bytes:
    """Return the sum of two whole numbers, `left` and `right`."""
    names = ("left", "right")
    inputs = b"".join(_field(11, _value(name, _INT64, ("batch",))) for name in names)
    return _model(
        [_node("Add", names, "sum")], inputs + _field(12, _value("sum", _INT64, ("batch",)))
    )


def scalar() -> bytes:
    """Return a model whose input has no rows."""
    graph = _field(11, _value("x", _FLOAT, ())) + _field(12, _value("y", _FLOAT, ()))
    return _model([_node("Sqrt", ("x",), "y")], graph)
