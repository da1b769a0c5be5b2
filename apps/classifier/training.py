"""Trains the candidates, and makes of each an ONNX file: the same bytes from the same seed."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Any

from apps.classifier.data import HEIGHT, WHITE, WIDTH, Data, Split

# The newest operator set that skl2onnx 1.20 writes all of these with.
_OPERATORS = 17
_LEVELS = 16
_PIXELS = HEIGHT * WIDTH
PACKAGES = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")
# Class of scikit-learn and its parameters, by the name of the candidate.
CANDIDATES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "support-vectors": ("sklearn.svm.SVC", {"C": 10.0, "gamma": 0.001}),
    "forest": ("sklearn.ensemble.RandomForestClassifier", {"n_estimators": 100, "n_jobs": 1}),
    # Small on purpose: what the others have to be better than.
    "small-forest": (
        "sklearn.ensemble.RandomForestClassifier",
        {"n_estimators": 10, "max_depth": 6, "n_jobs": 1},
    ),
    "network": (
        "sklearn.neural_network.MLPClassifier",
        {"hidden_layer_sizes": [64], "max_iter": 100, "tol": 1e-3},
    ),
    "logistic": ("sklearn.linear_model.LogisticRegression", {"C": 0.05, "max_iter": 3000}),
}


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained candidate: its file, how it was made, and how it did on what it never saw."""

    name: str
    seed: int
    parameters: Mapping[str, Any]
    packages: Mapping[str, str]
    data: str
    onnx: bytes = field(repr=False)
    seconds: float
    right: int
    total: int
    f1: float
    # Counts by the digit that it was, then by the digit that was answered.
    confusion: tuple[tuple[int, ...], ...]

    @property
    def digest(self) -> str:
        """Return SHA-256 of the file, which is what a stack file declares."""
        return f"sha256:{hashlib.sha256(self.onnx).hexdigest()}"

    @property
    def accuracy(self) -> float:
        """Return the share of right answers."""
        return self.right / self.total


def train(name: str, parts: Split, data: str, seed: int) -> Trained:
    """Return a candidate, measured by its ONNX file."""
    path, fixed = CANDIDATES[name]
    parameters = {**fixed, "random_state": seed}
    began = time.perf_counter()
    module, _, word = path.rpartition(".")
    known = {**parameters, **_tuples(parameters)}
    estimator: Any = getattr(import_module(module), word)(**known)
    estimator.fit(_flat(parts.seen), parts.seen.labels)
    content = exported(estimator)
    seconds = time.perf_counter() - began
    answers = predicted(content, parts.held_out.pictures)
    metrics: Any = import_module("sklearn.metrics")
    wanted = parts.held_out.labels
    return Trained(
        name=name, seed=seed, parameters={"class": path, **parameters}, data=data,
        packages={one: version(one) for one in PACKAGES},
        onnx=content, seconds=seconds, total=len(wanted), right=int((answers == wanted).sum()),
        f1=float(metrics.f1_score(wanted, answers, average="macro")),
        confusion=tuple(map(tuple, metrics.confusion_matrix(wanted, answers).tolist())),
    )  # fmt: skip


def exported(estimator: Any) -> bytes:
    """Return the ONNX file of a classifier of 64 levels of gray, as one that takes pictures.

    Its input is `image`: bytes, of which each row is 8 x 8; its outputs are `label`, and `scores`
    by label.
    """
    numpy: Any = import_module("numpy")
    skl2onnx: Any = import_module("skl2onnx")
    onnx: Any = import_module("onnx")
    made = skl2onnx.to_onnx(
        estimator, numpy.zeros((1, _PIXELS), "float32"),
        options={"zipmap": False}, target_opset=_OPERATORS,
    )  # fmt: skip
    graph = made.graph
    (pixels,) = [one.name for one in graph.input]
    _rename_outputs(graph, ("label", "scores"))
    helper, types = onnx.helper, onnx.TensorProto
    factor = helper.make_tensor("factor", types.FLOAT, [1], [_LEVELS / WHITE])
    shape = helper.make_tensor("flat", types.INT64, [2], [-1, _PIXELS])
    first = (
        helper.make_node("Cast", ["image"], ["numbers"], to=types.FLOAT),
        helper.make_node("Reshape", ["numbers", "flat"], ["rows"]),
        helper.make_node("Mul", ["rows", "factor"], [pixels]),
    )
    nodes = [*first, *graph.node]
    del graph.input[:], graph.node[:]
    graph.input.append(helper.make_tensor_value_info("image", types.UINT8, [None, HEIGHT, WIDTH]))
    graph.node.extend(nodes)
    graph.initializer.extend([factor, shape])
    onnx.checker.check_model(made)
    return made.SerializeToString(deterministic=True)


def predicted(content: bytes, pictures: Any) -> Any:
    """Return the labels that an ONNX file answers, on one thread."""
    runtime: Any = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.run(["label"], {"image": pictures})[0]


def _rename_outputs(graph: Any, names: tuple[str, ...]) -> None:
    renamed = {one.name: name for one, name in zip(graph.output, names, strict=True)}
    for one in graph.output:
        one.name = renamed[one.name]
    for node in graph.node:
        node.output[:] = [renamed.get(one, one) for one in node.output]
        node.input[:] = [renamed.get(one, one) for one in node.input]


def _flat(data: Data) -> Any:
    numpy: Any = import_module("numpy")
    scaled = data.pictures.reshape(-1, _PIXELS).astype("float32")
    return scaled * numpy.float32(_LEVELS / WHITE)


def _tuples(parameters: Mapping[str, Any]) -> dict[str, Any]:
    # Lists are what MLflow and JSON keep; scikit-learn takes tuples.
    lists: dict[str, list[Any]] = {
        name: one for name, one in parameters.items() if isinstance(one, list)
    }
    return {name: tuple(one) for name, one in lists.items()}
