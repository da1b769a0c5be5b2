"""Keeps every run in MLflow: a database of its own, or the server that MLFLOW_TRACKING_URI names.

A run has its parameters, the revision of the code, the digests of data and model, the versions of
packages, its figures, and the file itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from apps.classifier.data import ClassifierError
from apps.classifier.training import Trained

EXPERIMENT = "classifier"
# The tag that holds a run as JSON: what `runs` compares, whoever tracked it.
_TOLD = "classifier.run"
_MOST = 500


def told(trained: Trained, revision: str) -> dict[str, Any]:
    """Return a run as plain values, without the file."""
    fields = asdict(trained)
    del fields["onnx"]
    size = len(trained.onnx)
    return {**fields, "digest": trained.digest, "size": size, "revision": revision}


def track(
    address: str, folder: Path, runs: Sequence[tuple[Trained, Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """Keep runs, and return all that are there, the newest first.

    Without an address they are kept in a database of the folder, next to their files.

    Raises:
        ClassifierError: MLflow cannot be reached, or refuses.
    """
    mlflow: Any = import_module("mlflow")
    mlflow.set_tracking_uri(address or f"sqlite:///{(folder / 'runs.db').resolve()}")
    try:
        if not address and mlflow.get_experiment_by_name(EXPERIMENT) is None:
            place = (folder / "artifacts").resolve().as_uri()
            mlflow.create_experiment(EXPERIMENT, artifact_location=place)
        mlflow.set_experiment(EXPERIMENT)
        for trained, run in runs:
            with mlflow.start_run(run_name=f"{trained.name}-{trained.seed}"):
                _log(mlflow, trained, run)
        found = mlflow.search_runs(
            experiment_names=[EXPERIMENT], output_format="list", max_results=_MOST,
            order_by=["attributes.start_time DESC"],
        )  # fmt: skip
    except mlflow.exceptions.MlflowException as error:
        raise ClassifierError(
            f"MLflow at {address.rpartition('@')[2]} does not keep the runs: {error!s:.300}",
            "see that it runs, and that MLFLOW_TRACKING_USERNAME may edit the experiment",
        ) from None
    return [json.loads(one.data.tags[_TOLD]) for one in found if _TOLD in one.data.tags]


def _log(mlflow: Any, trained: Trained, run: Mapping[str, Any]) -> None:
    mlflow.log_params({**trained.parameters, "seed": trained.seed})
    mlflow.log_metrics({"accuracy": trained.accuracy, "f1": trained.f1, "seconds": trained.seconds})
    tags = {name: run[name] for name in ("revision", "data", "digest")}
    mlflow.set_tags({**tags, **trained.packages, _TOLD: json.dumps(run)})
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        file.write_bytes(trained.onnx)
        mlflow.log_artifact(str(file))
