from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.registry.onnx import OnnxError, architecture
from tests.gitops.onnx_files import (
    INPUT,
    OUTPUT,
    field,
    graph,
    model,
    node,
    tensor_type,
    value,
    weights,
)


def test_inputs_outputs_and_operators_are_read():
    attribute = field(1, "then") + field(6, node("Identity")) + field(20, 5)
    found = architecture(
        model(graph(node("If", "", attribute), node("TreeEnsemble", "ai.onnx.ml"), weights()))
    )

    assert found.signature == "x: float [?, 64] -> label: int64 [?]"
    assert found.operators == ("Identity", "If", "ai.onnx.ml.TreeEnsemble")
    assert found.sets == {"": 17}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (field(4, field(1, field(5, field(1, 7) + field(2, tensor_type(1, ()))))),
         "sequence of map from int64 to float []"),
        (field(9, field(1, tensor_type(8, (3,)))), "optional of string [3]"),
        (field(1, field(1, 99)), "type 99 any shape"),
        (b"", "anything"),
    ],
)  # fmt: skip
def test_every_type_has_words(kind: bytes, words: str):
    assert architecture(model(INPUT + value(12, "y", kind))).outputs == {"y": words}


def test_other_weights_are_the_same_architecture():
    assert architecture(model()).digest == architecture(model(weight=b"other bytes")).digest


@pytest.mark.parametrize(
    "other",
    [
        model(operator="Gemm"),
        model(version=18),
        model(value(11, "x", tensor_type(shape=("N", 65))) + OUTPUT + node("MatMul")),
        model(value(11, "y", tensor_type()) + OUTPUT + node("MatMul")),
        model(value(11, "x", tensor_type(11)) + OUTPUT + node("MatMul")),
    ],
)
def test_another_shape_type_name_operator_or_set_is_another_architecture(other: bytes):
    assert architecture(model()).digest != architecture(other).digest


def test_what_a_free_dimension_is_called_is_no_difference():
    renamed = model(
        graph(node("MatMul"), weights()).replace(
            INPUT, value(11, "x", tensor_type(shape=("B", 64)))
        )
    )

    assert architecture(renamed).digest == architecture(model()).digest


def test_weights_that_old_exporters_list_as_inputs_are_none():
    listed = value(11, "w", tensor_type()) + graph(node("MatMul"), weights())

    assert list(architecture(model(listed)).inputs) == ["x"]


@pytest.mark.parametrize(
    "inner",
    [
        graph(weights(outside=True)),
        graph(node("Constant", "", field(5, field(14, 1)) + field(20, 4))),
        graph(node("If", "", field(6, weights(outside=True)) + field(20, 5))),
    ],
)
def test_weights_in_another_file_are_refused(inner: bytes):
    with pytest.raises(OnnxError) as error:
        architecture(model(inner))

    assert error.value.cause == "keeps weights in another file, which its digest does not cover"


def nested(depth: int) -> bytes:
    inner = node("Identity")
    for _ in range(depth):
        inner = node("If", "", field(6, inner))
    return inner


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no graph"),
        (b"PK\x03\x04 an archive", "an ONNX model"),
        (model()[:-3], "ends too early"),
        (field(7, graph()), "has no operator set"),
        (model(INPUT), "has no input or no output"),
        (model(graph(nested(40))), "graphs in graphs"),
        (b"\xff" * 20, "a number that is too long"),
        (field(7, 3), "a number where a message belongs"),
        (model(graph(node("a" * 2000))), "a name that is too long"),
        (model(graph(field(1, field(4, b"\xff")))), "a name that is not UTF-8"),
    ],
)
def test_what_is_no_model_is_refused_in_words(content: bytes, words: str):
    with pytest.raises(OnnxError) as error:
        architecture(content)

    assert words in error.value.cause
    assert error.value.cure == "export the model as ONNX, and give that"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_model_or_refused(content: bytes):
    with suppress(OnnxError):
        assert architecture(content).outputs


@given(st.data())
def test_a_model_with_a_broken_byte_is_a_model_or_refused(data: st.DataObject):
    content = bytearray(model(graph(node("If", "", field(6, node("Identity"))), weights())))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    with suppress(OnnxError):
        assert architecture(bytes(content)).outputs
