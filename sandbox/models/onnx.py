"""Small ONNX models as bytes, written without any package: the fields are those of onnx.proto3."""

import struct
from collections.abc import Mapping, Sequence
from random import Random

# TensorProto.DataType.
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


def _node(kind: str, inputs: Sequence[str], *outputs: str) -> bytes:
    names = b"".join(_field(1, one) for one in inputs)
    return names + b"".join(_field(2, one) for one in outputs) + _field(4, kind)


def _model(node: bytes, graph: bytes, *sets: bytes) -> bytes:
    whole = _field(1, node) + _field(2, "g") + graph
    return b"".join((
        _field(1, _IR), _field(7, whole), _field(8, _field(2, _OPSET)),
        *(_field(8, one) for one in sets),
    ))  # fmt: skip


def linear(weights: Sequence[float], bias: float) -> bytes:
    """Return the model `y = x · weights + bias`, whose input is named x."""
    width = len(weights)
    graph = b"".join((
        _field(5, _weights("w", (width, 1), weights)),
        _field(5, _weights("b", (1,), [bias])),
        _field(11, _value("x", _FLOAT, ("batch", width))),
        _field(12, _value("y", _FLOAT, ("batch", 1))),
    ))  # fmt: skip
    return _model(_node("Gemm", ("x", "w", "b"), "y"), graph)


def root() -> bytes:
    """Return the square root of x, which is no number for a negative one."""
    graph = _field(11, _value("x", _FLOAT, ("batch",))) + _field(
        12, _value("y", _FLOAT, ("batch",))
    )
    return _model(_node("Sqrt", ("x",), "y"), graph)


def total() -> bytes:
    """Return the sum of two whole numbers, `left` and `right`."""
    names = ("left", "right")
    inputs = b"".join(_field(11, _value(name, _INT64, ("batch",))) for name in names)
    output = _field(12, _value("sum", _INT64, ("batch",)))
    return _model(_node("Add", names, "sum"), inputs + output)


def scalar() -> bytes:
    """Return a model whose input has no rows."""
    graph = _field(11, _value("x", _FLOAT, ())) + _field(12, _value("y", _FLOAT, ()))
    return _model(_node("Sqrt", ("x",), "y"), graph)


def _numbers(name: str, values: Sequence[int]) -> bytes:
    found = _field(1, name) + b"".join(_field(8, one) for one in values)
    return found + _varint(20 << 3) + _varint(7)


def _fractions(name: str, values: Sequence[float]) -> bytes:
    found = _field(1, name) + b"".join(
        _varint(7 << 3 | 5) + struct.pack("<f", one) for one in values
    )
    return found + _varint(20 << 3) + _varint(6)


def _texts(name: str, values: Sequence[str]) -> bytes:
    found = _field(1, name) + b"".join(_field(9, one) for one in values)
    return found + _varint(20 << 3) + _varint(8)


def forest(trees: int = 20, depth: int = 6, width: int = 64, classes: int = 10) -> bytes:
    """Return a forest of random trees as scikit-learn's becomes: a label, and probabilities."""
    random = Random(7)  # noqa: S311 (a model, not a secret)
    columns: dict[str, list[int]] = {name: [] for name in _COLUMNS}
    values: list[float] = []
    modes: list[str] = []
    for tree in range(trees):
        for node in range(2 ** (depth + 1) - 1):
            inner = node < 2**depth - 1
            added = _inner(tree, node, random.randrange(width)) if inner else _leaf(tree, node)
            for name, one in added.items():
                columns[name].append(one)
            modes.append("BRANCH_LEQ" if inner else "LEAF")
            values.append(random.random() * 16 if inner else 0.0)
            if not inner:
                columns["class_ids"].append(random.randrange(classes))
    leaves = len(columns["class_ids"])
    attributes = [
        *(_numbers(name, found) for name, found in columns.items()),
        _fractions("nodes_values", values), _texts("nodes_modes", modes),
        _fractions("class_weights", [1 / trees] * leaves),
        _numbers("classlabels_int64s", range(classes)),
    ]  # fmt: skip
    node = _node("TreeEnsembleClassifier", ("x",), "label", "probabilities")
    node += b"".join(_field(5, one) for one in attributes) + _field(7, "ai.onnx.ml")
    graph = b"".join((
        _field(11, _value("x", _FLOAT, ("batch", width))),
        _field(12, _value("label", _INT64, ("batch",))),
        _field(12, _value("probabilities", _FLOAT, ("batch", classes))),
    ))  # fmt: skip
    return _model(node, graph, _field(1, "ai.onnx.ml") + _field(2, 1))


_COLUMNS = (
    "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_truenodeids",
    "nodes_falsenodeids", "class_treeids", "class_nodeids", "class_ids",
)  # fmt: skip


def _inner(tree: int, node: int, feature: int) -> Mapping[str, int]:
    return {
        "nodes_treeids": tree, "nodes_nodeids": node, "nodes_featureids": feature,
        "nodes_truenodeids": 2 * node + 1, "nodes_falsenodeids": 2 * node + 2,
    }  # fmt: skip


def _leaf(tree: int, node: int) -> Mapping[str, int]:
    return {
        "nodes_treeids": tree, "nodes_nodeids": node, "nodes_featureids": 0,
        "nodes_truenodeids": 0, "nodes_falsenodeids": 0, "class_treeids": tree,
        "class_nodeids": node,
    }  # fmt: skip
