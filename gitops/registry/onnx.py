"""What an ONNX file asks and answers, and by which operators: read without any package.

The wire format is that of Protocol Buffers; the numbers of fields are those of `onnx.proto3`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from settings.release import digest_of

# A message of Protocol Buffers is never larger.
MOST_BYTES = 2**31 - 1
_DEEPEST = 32
_MOST_FIELDS = 2_000_000
_MOST_NAMES = 10_000
_LONGEST_NAME = 1000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, FunctionProto
_MODEL_GRAPH, _MODEL_OPSETS, _MODEL_FUNCTIONS = 7, 8, 25
_GRAPH_NODES, _GRAPH_TENSORS, _GRAPH_INPUTS, _GRAPH_OUTPUTS = 1, 5, 11, 12
_NODE_OPERATOR, _NODE_ATTRIBUTES, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = (5, 10), (6, 11)
# How an attribute ends whose type is a list of numbers or texts: a forest has a million of them.
_LISTS = (b"\xa0\x01\x06", b"\xa0\x01\x07", b"\xa0\x01\x08")
_TENSOR_LOCATION, _EXTERNAL = 14, 1
_FUNCTION_NODES = 7
_ELEMENTS = {
    1: "float", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "double", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip


class OnnxError(ValueError):
    """A file that is no ONNX model, or one of a form that is not registered; with its cure."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.cause, self.cure = cause, cure


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What clients and servers rely on: inputs and outputs with their types, and operators.

    `operators` are their names with domains; `sets` the versions of operator sets, by domain.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    operators: tuple[str, ...]
    sets: Mapping[str, int]

    @property
    def digest(self) -> str:
        """Return what two models of the same architecture have in common."""
        return digest_of([list(self.inputs.items()), list(self.outputs.items()),
                          self.operators, self.sets])  # fmt: skip

    @property
    def signature(self) -> str:
        """Return inputs and outputs in words."""
        ins, outs = (", ".join(f"{name}: {kind}" for name, kind in one.items())
                     for one in (self.inputs, self.outputs))  # fmt: skip
        return f"{ins} -> {outs}"


def architecture(content: bytes | memoryview) -> Architecture:
    """Return the architecture of an ONNX model.

    Raises:
        OnnxError: it is none, or its weights are in another file, which no digest would cover.
    """
    return _Reader().model(memoryview(content))


class _Reader:
    """One pass over a file; it counts fields, so that a small file cannot cost much."""

    def __init__(self) -> None:
        self._left = _MOST_FIELDS
        self._operators: set[str] = set()

    def model(self, data: memoryview) -> Architecture:
        graphs, sets = list[memoryview](), dict[str, int]()
        for number, value in self._fields(data):
            if number == _MODEL_GRAPH:
                graphs.append(_message(value))
            elif number == _MODEL_OPSETS:
                fields = dict(self._fields(_message(value)))
                sets[_domain(fields.get(1, b""))] = _count(fields.get(2, 0))
            elif number == _MODEL_FUNCTIONS:
                self._function(_message(value))
        if len(graphs) != 1 or not sets:
            raise _no_model("has no operator set" if graphs else "has no graph")
        inputs, outputs = self._graph(graphs[0], 0)
        if not inputs or not outputs:
            raise _no_model("has no input or no output")
        operators, sets = tuple(sorted(self._operators)), dict(sorted(sets.items()))
        return Architecture(inputs=inputs, outputs=outputs, operators=operators, sets=sets)

    def _function(self, data: memoryview) -> None:
        for number, value in self._fields(data):
            if number == _FUNCTION_NODES:
                self._node(_message(value), 1)

    def _graph(self, data: memoryview, depth: int) -> tuple[dict[str, str], dict[str, str]]:
        inputs, outputs, weights = dict[str, str](), dict[str, str](), set[str]()
        for number, value in self._fields(data):
            if number == _GRAPH_NODES:
                self._node(_message(value), depth)
            elif number == _GRAPH_TENSORS:
                weights.add(self._tensor(_message(value)))
            elif number in (_GRAPH_INPUTS, _GRAPH_OUTPUTS) and not depth:
                fields = dict(self._fields(_message(value)))
                place = inputs if number == _GRAPH_INPUTS else outputs
                kind = self._type(_message(fields.get(2, b"")), 0)
                place[_name(fields.get(1, b""))] = kind
        # Old exporters list weights as inputs, too; no client sends them.
        return {name: kind for name, kind in inputs.items() if name not in weights}, outputs

    def _node(self, data: memoryview, depth: int) -> None:
        if depth > _DEEPEST:
            raise _no_model(f"has graphs in graphs, deeper than {_DEEPEST}")
        name, domain = "", ""
        for number, value in self._fields(data):
            if number == _NODE_OPERATOR:
                name = _name(value)
            elif number == _NODE_DOMAIN:
                domain = _domain(value)
            elif number == _NODE_ATTRIBUTES:
                self._attribute(_message(value), depth)
        self._operators.add(f"{domain}.{name}" if domain else name)
        if len(self._operators) > _MOST_NAMES:
            raise _no_model(f"has more than {_MOST_NAMES} operators")

    def _attribute(self, data: memoryview, depth: int) -> None:
        if bytes(data[-3:]) in _LISTS:
            return
        for number, value in self._fields(data):
            if number in _ATTRIBUTE_GRAPHS:
                self._graph(_message(value), depth + 1)
            elif number in _ATTRIBUTE_TENSORS:
                self._tensor(_message(value))

    def _tensor(self, data: memoryview) -> str:
        """Return the name of a tensor that the file itself holds."""
        name = ""
        for number, value in self._fields(data):
            if number == _TENSOR_LOCATION and value == _EXTERNAL:
                cause = "keeps weights in another file, which its digest does not cover"
                raise OnnxError(
                    cause, "save it with all weights inside (save_as_external_data off)"
                )
            if number == 8:
                name = _name(value)
        return name

    def _type(self, data: memoryview, depth: int) -> str:
        """Return a type in words: a tensor with its shape, or a sequence, map or option of one."""
        if depth > _DEEPEST:
            raise _no_model("has a type that is too deep")
        for number, value in self._fields(data):
            if number in (1, 8):
                fields = dict(self._fields(_message(value)))
                shape = self._shape(_message(fields[2])) if 2 in fields else "any shape"
                return f"{_element(fields.get(1, 0))} {shape}"
            if number in (4, 9):
                fields = dict(self._fields(_message(value)))
                inner = self._type(_message(fields.get(1, b"")), depth + 1)
                return f"{'sequence' if number == 4 else 'optional'} of {inner}"
            if number == 5:
                fields = dict(self._fields(_message(value)))
                inner = self._type(_message(fields.get(2, b"")), depth + 1)
                return f"map from {_element(fields.get(1, 0))} to {inner}"
        return "anything"

    def _shape(self, data: memoryview) -> str:
        sizes: list[str] = []
        for number, value in self._fields(data):
            if number == 1:
                fields = dict(self._fields(_message(value)))
                # A dimension that a name stands for is free; its name does not matter.
                sizes.append(str(_count(fields[1])) if 1 in fields else "?")
        return f"[{', '.join(sizes)}]"

    def _fields(self, data: memoryview) -> Iterator[tuple[int, Any]]:
        """Yield the fields of a message: a number, and an integer or bytes."""
        place = 0
        while place < len(data):
            self._left -= 1
            if self._left < 0:
                raise _no_model(f"has more than {_MOST_FIELDS} fields")
            tag, place = _varint(data, place)
            number, kind = tag >> 3, tag & 7
            if kind == _VARINT:
                value, place = _varint(data, place)
            else:
                size, place = _size(data, place, kind)
                value = data[place : place + size]
                if len(value) < size:
                    raise _no_model("ends too early")
                place += size
            yield number, value


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise _no_model("ends too early")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise _no_model("holds a number that is too long")


def _size(data: memoryview, place: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _varint(data, place)
    sizes = {_FIXED64: 8, _FIXED32: 4}
    if kind not in sizes:
        raise _no_model("has a field of an unknown kind")
    return sizes[kind], place


def _message(value: Any) -> memoryview:
    if isinstance(value, int):
        raise _no_model("has a number where a message belongs")
    return memoryview(value)


def _name(value: Any) -> str:
    content = _message(value)
    if len(content) > _LONGEST_NAME:
        raise _no_model("has a name that is too long")
    try:
        return bytes(content).decode()
    except UnicodeDecodeError:
        raise _no_model("has a name that is not UTF-8") from None


def _domain(value: Any) -> str:
    """Return the domain of operators; the one of ONNX itself has two names."""
    found = _name(value)
    return "" if found == "ai.onnx" else found


def _count(value: Any) -> int:
    if not isinstance(value, int):
        raise _no_model("has something else where a number belongs")
    return value


def _element(value: Any) -> str:
    number = _count(value)
    return _ELEMENTS.get(number, f"type {number}")


def _no_model(cause: str) -> OnnxError:
    return OnnxError(f"is not an ONNX model: it {cause}", "export the model as ONNX, and give that")
