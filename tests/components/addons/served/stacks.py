"""Stacks with served models, for tests of them."""

from typing import Any

from components.addons.served.pod import ServedArgs
from components.addons.served.served import served
from tests.samples import context

DIGEST = f"sha256:{'a' * 64}"
MODEL: dict[str, Any] = {
    "version": 2, "semver": "1.1.0", "digest": DIGEST, "size": 261132,
    "image": "registry.example.com/predict:1.0.0",
    "registry": {"url": "http://mlflow.ml.svc:5000", "namespace": "ml"},
}  # fmt: skip


def served_args(stack: dict[str, Any] | None = None, **fields: Any) -> ServedArgs:
    """Return what a served model with these keys of a stack file is made from."""
    made = context(servedModels={"digits": {**MODEL, **fields}}, **(stack or {}))
    (args,) = served(made)
    return args
