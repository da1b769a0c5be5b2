"""Runs in a CronJob of the registry: deletes for good what users deleted some time ago.

MLflow's own `gc` deletes the run, and the artifacts, behind a registered version without a check,
and every deleted experiment with all of its runs; so it is told what to delete. It has nothing but
the standard library and what MLflow's image holds.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_DAY = 24 * 60 * 60 * 1000
# What MLflow writes into the row of a version that was deleted.
_GONE = "Deleted_Internal"
_MODELS = "models:/"


@dataclass(frozen=True)
class Kept:
    """Runs and logged models behind registered versions."""

    runs: frozenset[str]
    models: frozenset[str]


def kept(versions: Iterable[tuple[str | None, str | None]]) -> Kept:
    """Return what versions need, by the run and the source of each."""
    known = list(versions)
    sources = (source or "" for _, source in known)
    return Kept(
        runs=frozenset(run for run, _ in known if run),
        models=frozenset(one.removeprefix(_MODELS) for one in sources if one.startswith(_MODELS)),
    )


def doomed(deleted: Iterable[str], needed: frozenset[str]) -> list[str]:
    """Return what may be deleted for good, sorted."""
    return sorted(set(deleted) - needed)


def registered(store: Any) -> Kept:
    """Return what registered versions need, the runs of their logged models included."""
    text: Any = import_module("sqlalchemy").text
    with store.engine.connect() as connection:
        rows = connection.execute(
            text("select run_id, source from model_versions where current_stage <> :gone"),
            {"gone": _GONE},
        )
        found = kept((row[0], row[1]) for row in rows)
        sources = connection.execute(text("select model_id, source_run_id from logged_models"))
        runs = {row[1] for row in sources if row[0] in found.models and row[1]}
    return Kept(runs=found.runs | runs, models=found.models)


def main(days: str) -> int:
    """Delete what was deleted at least so many days ago; returns the exit code."""
    cli: Any = import_module("mlflow.cli")
    store: Any = import_module("mlflow.store.tracking.sqlalchemy_store").SqlAlchemyStore(
        os.environ["MLFLOW_BACKEND_STORE_URI"], "mlflow-artifacts:/"
    )
    age = int(days) * _DAY
    needed = registered(store)
    runs = doomed(store._get_deleted_runs(older_than=age), needed.runs)
    models = doomed(store._get_deleted_logged_models(older_than=age), needed.models)
    cli._gc_tracking_resources(
        backend_store=store,
        run_ids=runs,
        experiment_ids=None,
        logged_model_ids=models,
        older_than=f"{days}d0h0m0s",
        time_delta=age,
        skip_experiments=True,
        skip_logged_models=False,
    )
    said = f"deleted {len(runs)} runs and {len(models)} models for good"
    print(f"{said}; kept {len(needed.runs)} and {len(needed.models)} of versions")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
