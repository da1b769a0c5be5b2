from typing import Any

from gitops.planning.notes.registry import registry_notes
from tests.components.addons.mlflow.stacks import BACKUP, BUCKET, DATABASE, FIELDS, OWN
from tests.gitops.stacks import Config, rendered, said, stack_file


def with_registry(**fields: Any) -> Config:
    return {**stack_file(), "mlflow": {**FIELDS, "database": DATABASE, **fields}}


def notes(before: Config, after: Config) -> list[str]:
    return said(registry_notes(rendered(before), rendered(after)))


def test_a_registry_that_stays_as_it_is_is_not_mentioned():
    assert notes(stack_file(), stack_file()) == []
    assert notes(with_registry(), with_registry()) == []


def test_a_new_registry_is_an_address():
    assert notes(stack_file(), with_registry()) == [
        "registry of models added: http://localai-mlflow.localai-dev.svc:5000"
    ]


def test_a_registry_that_goes_leaves_its_data():
    assert notes(with_registry(), stack_file()) == [
        "registry of models removed: databases and buckets stay as they are"
    ]


def test_a_restart_is_told_with_what_it_means():
    (found,) = notes(with_registry(), with_registry(memory="2Gi"))

    assert "models in service stay" in found


def test_another_version_of_mlflow_has_no_way_back_but_a_restore():
    newer = {"image": "registry.example.com/models/mlflow:3.18.0"}
    _, without = notes(with_registry(), with_registry(**newer))
    _, told = notes(with_registry(backup=BACKUP), with_registry(backup=BACKUP, **newer))

    assert "the way back is a restore; dump its databases first" in without
    assert told.endswith("run its backup first")


def test_another_database_or_bucket_does_not_hold_what_the_old_one_does():
    other = {**DATABASE, "url": {"secret": "other", "key": "registry"}}
    _, moved = notes(with_registry(), with_registry(database=other))
    assert "moves to another database: what is in the old one is not copied" in moved

    bucket = {**BUCKET, "bucket": "others"}
    _, moved = notes(with_registry(), with_registry(artifacts=bucket))
    assert "moves to another bucket" in moved


def test_a_database_of_its_own_is_said_to_be_for_development():
    *_, found = notes(stack_file(), with_registry(database=None, ownDatabase=OWN))

    assert found.endswith("for development")
