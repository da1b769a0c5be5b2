"""One ONNX model in memory: what it takes, and what it answers."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from predict.declared import PredictError
from predict.rows import DEEPEST, KINDS, Feed, Tensor

# As numpy names what onnxruntime names otherwise.
_DTYPES = {"float": "float32", "double": "float64", "bool": "bool", "string": "object"}
# Quiet but for errors (onnxruntime, ORT_LOGGING_LEVEL_ERROR).
_ERRORS_ONLY = 3
_WARM_UP = {"bool": False, "string": ""}


@dataclass(frozen=True, kw_only=True)
class Model:
    """A session, and the inputs and outputs that it has."""

    session: Any
    inputs: tuple[Tensor, ...]
    outputs: tuple[str, ...]

    def run(self, feeds: Mapping[str, Feed]) -> dict[str, Any]:
        """Return each output as plain values; several threads may call it."""
        numpy: Any = import_module("numpy")
        arrays = {name: _array(numpy, feed) for name, feed in feeds.items()}
        found = self.session.run(list(self.outputs), arrays)
        return dict(zip(self.outputs, map(_plain, found), strict=True))

    def warm_up(self) -> None:
        """Answer one row of zeros, of length 1 where any length is taken."""
        self.run({one.name: _zeros(one) for one in self.inputs})


def loaded(content: bytes) -> Model:
    """Return the model in these bytes; it can load nothing else, and runs on one thread.

    Raises:
        PredictError: it is no ONNX model, or takes what JSON rows cannot say.
    """
    # As it is imported, it would else note an id of this machine and try to send statistics.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    runtime: Any = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        # Named, since the library would look for others first.
        session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of many classes, which the library makes as it is loaded
        raise PredictError(
            f"the model cannot be loaded: {error!s:.300}", "export it anew"
        ) from None
    return Model(
        session=session,
        inputs=tuple(_tensor(one.name, one.type, one.shape) for one in session.get_inputs()),
        outputs=tuple(one.name for one in session.get_outputs()),
    )


def _tensor(name: str, written: str, shape: list[Any]) -> Tensor:
    """Return an input as `tensor(float)` and `["batch", 64]` say it; the first length is rows."""
    kind = written.removeprefix("tensor(").removesuffix(")")
    if written != f"tensor({kind})" or kind not in KINDS or not 1 <= len(shape) <= DEEPEST:
        cause = f"input {name} is {written} of {len(shape)} dimensions, which JSON rows cannot say"
        raise PredictError(cause, "export the model with tensors that have a row each")
    first, *rest = (one if isinstance(one, int) and one > 0 else None for one in shape)
    return Tensor(name=name, kind=kind, rows=first, shape=tuple(rest))


def _zeros(taken: Tensor) -> Feed:
    shape = (taken.rows or 1, *(one or 1 for one in taken.shape))
    count = 1
    for length in shape:
        count *= length
    return Feed(kind=taken.kind, shape=shape, values=[_WARM_UP.get(taken.kind, 0)] * count)


def _array(numpy: Any, feed: Feed) -> Any:
    dtype = _DTYPES.get(feed.kind, feed.kind)
    return numpy.array(feed.values, dtype=dtype).reshape(feed.shape)


def _plain(value: Any) -> Any:
    """Return an output as JSON has it; classifiers of scikit-learn answer with lists of maps."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        known = cast("dict[Any, Any]", value)
        return {str(name): _plain(one) for name, one in known.items()}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[Any]", value)]
    return value
