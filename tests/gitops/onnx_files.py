"""ONNX files of tests: written field by field, as `onnx.proto3` numbers them."""

from collections.abc import Iterable


def varint(value: int) -> bytes:
    """Return a number as Protocol Buffers write it."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def field(number: int, value: int | bytes | str) -> bytes:
    """Return one field: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor_type(element: int = 1, shape: Iterable[int | str] = ("N", 64)) -> bytes:
    """Return the type of a tensor; a dimension is a size or a name."""
    sizes = b"".join(
        field(1, field(1, one) if isinstance(one, int) else field(2, one)) for one in shape
    )
    return field(1, field(1, element) + field(2, sizes))


def node(operator: str, domain: str = "", *attributes: bytes) -> bytes:
    """Return a node of a graph."""
    inner = b"".join(field(5, one) for one in attributes)
    return field(1, field(4, operator) + inner + (field(7, domain) if domain else b""))


def value(number: int, name: str, kind: bytes) -> bytes:
    """Return an input (11) or an output (12) of a graph."""
    return field(number, field(1, name) + field(2, kind))


def weights(content: bytes = b"\x00\x01", *, outside: bool = False) -> bytes:
    """Return an initializer, whose bytes may be in another file."""
    return field(5, field(8, "w") + field(9, content) + (field(14, 1) if outside else b""))


INPUT, OUTPUT = value(11, "x", tensor_type()), value(12, "label", tensor_type(7, ("N",)))


def graph(*parts: bytes) -> bytes:
    """Return a graph with one input and one output more than its parts."""
    return b"".join((*parts, INPUT, OUTPUT))


def model(
    inner: bytes | None = None, *, weight: bytes = b"\x00\x01", operator: str = "MatMul",
    version: int = 17,
) -> bytes:  # fmt: skip
    """Return an ONNX model: a graph, or one of one operator with a weight."""
    content = graph(node(operator), weights(weight)) if inner is None else inner
    return field(1, 8) + field(7, content) + field(8, field(1, "") + field(2, version))
