"""The model server with the real runtime, on small models of every form that it has to tell."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.models.onnx import linear, root, scalar, total
from tests.e2e.predicting import Place, args_of, declared
from tests.e2e.registry.server import Model

pytestmark = pytest.mark.e2e


def place(folder: Path, content: bytes, **fields: Any) -> Place:
    """Return a place in which a model is already, whatever a registry says."""
    made = Model(onnx=content, accuracy=1.0, f1=1.0)
    found = Place(folder=folder, args=args_of(declared(made, 1, "http://127.0.0.1:9", **fields)))
    found.make()
    (folder / "model" / "model.onnx").write_bytes(content)
    return found


def test_rows_of_one_input_and_of_several_are_answered(tmp_path: Path):
    with place(tmp_path / "one", linear([1, 2, 3], 0.5)).serve() as running:
        status, found = running.predict([[1, 2, 3], [0, 0, 1]])
        assert (status, found["outputs"]) == (200, {"y": [[14.5], [3.5]]})
    with place(tmp_path / "two", total()).serve() as running:
        status, found = running.predict([{"left": 1, "right": 2}, {"right": 40, "left": 2}])
        assert (status, found["outputs"]) == (200, {"sum": [3, 42]})


def test_an_answer_that_json_cannot_say_is_a_failure_that_is_counted(tmp_path: Path):
    with place(tmp_path, root()).serve() as running:
        assert running.predict([4])[1]["outputs"] == {"y": [2]}
        assert running.predict([-1])[0] == 500
        assert 'predict_requests_total{code="500"} 1' in running.client.ask("/metrics")[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (scalar(), "input x is tensor(float) of 0 dimensions, which JSON rows cannot say"),
        (b"not a model", "the model cannot be loaded: "),
        (linear([1], 0)[:-4], "the model cannot be loaded: "),
    ],
)
def test_a_model_that_can_never_be_served_ends_the_server_with_a_sentence(
    tmp_path: Path, content: bytes, said: str
):
    here = place(tmp_path, content)
    with pytest.raises(AssertionError, match="cannot") as ended, here.serve():
        pytest.fail("it is ready")

    (line,) = [one for one in str(ended.value).splitlines() if said in one]
    assert "; export " in line


def test_a_model_that_changed_after_it_was_fetched_is_not_loaded(tmp_path: Path):
    here = place(tmp_path, linear([1], 0))
    (tmp_path / "model" / "model.onnx").write_bytes(linear([2], 0))

    with pytest.raises(AssertionError, match="nothing of it is served"), here.serve():
        pytest.fail("it is ready")
