"""docs/mlflow.md, run: the pods of a declared registry on a real PostgreSQL and a real S3 server.

Databases and the object store are killed as a power cut would, and lost for good.
"""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from components.network.model_registry import CLEAN_UP_ROLE, OBJECT, PORT, RESTORE_ROLE
from components.parts.roles import BACKUP_ROLE
from tests.e2e.registry.server import BUCKET, Model, Registry, registry, rendered
from tests.e2e.registry.stores import PASSWORD, database
from tests.e2e.routing.loopback import wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Registry]:
    with registry(tmp_path_factory.mktemp("mlflow")) as made:
        yield made


def artifact(running: Registry, name: str, version: int) -> str:
    """Return the path of a version's ONNX file in the API of artifacts."""
    found = running.api(
        "GET", "model-versions/get-download-uri", name=name, version=str(version)
    )  # fmt: skip
    path = running.path(found["artifact_uri"])
    return f"/api/2.0/mlflow-artifacts/artifacts/{path}/model.onnx"


def tags(running: Registry, name: str, version: int) -> dict[str, str]:
    found = running.api("GET", "model-versions/get", name=name, version=str(version))
    return {one["key"]: one["value"] for one in found["model_version"]["tags"]}


def is_whole(running: Registry, name: str, version: int, model: Model) -> bool:
    """Return whether a version has its tags, and its bytes can be had."""
    answer = running.send("GET", artifact(running, name, version))
    assert answer.status_code == 200, answer.text
    same = tags(running, name, version)["digest"] == model.digest
    return same and answer.content == model.onnx


def asked(running: Registry, path: str, **options: Any) -> int:
    """Return the status of the answer to somebody else."""
    with httpx2.Client(trust_env=False, timeout=60) as client:
        return client.get(f"{running.address}{path}", **options).status_code


SEARCH = "/api/2.0/mlflow/registered-models/search"


def test_nobody_gets_in_without_a_login_and_health_needs_none(
    running: Registry, record_property: Callable[[str, object], None]
) -> None:
    # A figure, which other work on the machine changes: nothing is held to it.
    record_property("seconds until it was ready", round(running.seconds))
    assert asked(running, SEARCH) == 401
    assert asked(running, SEARCH, auth=("admin", "wrong")) == 401
    assert asked(running, SEARCH, auth=(running.user, running.password)) == 200
    assert asked(running, "/health") == 200


def test_it_answers_to_its_service_and_to_no_name_of_others(running: Registry) -> None:
    login = (running.user, running.password)
    for host in (f"{OBJECT}:{PORT}", f"{OBJECT}.localai-test.svc.cluster.local"):
        assert asked(running, SEARCH, auth=login, headers={"Host": host}) == 200
    evil = {"Host": "evil.example.com"}
    assert asked(running, SEARCH, auth=login, headers=evil) == 403
    # The kubelet asks by the address of the pod.
    assert asked(running, "/health", headers={"Host": "10.1.2.3:5000"}) == 200


def test_a_new_user_may_do_what_was_granted_and_nothing_else(
    running: Registry, digits: Model
) -> None:
    number = running.add("granted", digits, "1.0.0")
    reader = ("reader", "not-a-real-password-2")
    user = {"username": reader[0], "password": reader[1]}
    assert running.send("POST", "/api/2.0/mlflow/users/create", user).status_code == 200
    get, there = "/api/2.0/mlflow/registered-models/get?name=granted", artifact(
        running, "granted", number
    )  # fmt: skip
    assert (asked(running, get, auth=reader), asked(running, there, auth=reader)) == (403, 403)
    grant = {"username": reader[0], "permission": "READ"}
    for kind, name in (("registered_model", "granted"), ("experiment", running.experiment())):
        body = {**grant, "resource_type": kind, "resource_id": name}
        answer = running.send("POST", "/api/3.0/mlflow/users/permissions/grant", body)
        assert answer.status_code == 200, answer.text
    assert (asked(running, get, auth=reader), asked(running, there, auth=reader)) == (200, 200)


def test_an_artifact_goes_through_the_server_and_comes_back_as_it_was(
    running: Registry, digits: Model
) -> None:
    number = running.add("digits", digits, "1.0.0")
    assert is_whole(running, "digits", number, digits)
    stored = {one for one in running.store.objects(BUCKET) if one.endswith("model.onnx")}
    assert artifact(running, "digits", number).partition("/artifacts/")[2] in stored


def test_a_database_that_dies_takes_nothing_along(running: Registry, digits: Model) -> None:
    number = running.add("kept", digits, "1.0.0")
    running.database.kill()
    try:
        down = running.send("GET", "/api/2.0/mlflow/registered-models/get", {"name": "kept"})
        body = {"name": "half"}
        made = running.send("POST", "/api/2.0/mlflow/registered-models/create", body)
        health = asked(running, "/health")
    finally:
        running.database.start()
    assert (down.is_error, made.is_error, health) == (True, True, 200)
    # Without a restart of the server.
    wait_until(lambda: not running.send("GET", SEARCH).is_error, running.server.said)
    assert is_whole(running, "kept", number, digits)
    assert running.send(
        "GET", "/api/2.0/mlflow/registered-models/get", {"name": "half"}
    ).status_code == 404  # fmt: skip
    assert running.add("kept", digits, "1.0.1") == number + 1


def test_an_object_store_that_dies_leaves_no_version_without_its_artifact(
    running: Registry, digits: Model
) -> None:
    number = running.add("stored", digits, "1.0.0")
    running.store.program.kill()
    try:
        with pytest.raises(AssertionError, match="Internal Server Error"):
            running.add("stored", digits, "1.0.1")
        versions = running.api("GET", "registered-models/get", name="stored")
    finally:
        running.store.program.start()
    (latest,) = versions["registered_model"]["latest_versions"]
    assert latest["version"] == str(number)
    wait_until(lambda: is_there(running, number), running.server.said)
    assert is_whole(running, "stored", number, digits)
    assert is_whole(running, "stored", running.add("stored", digits, "1.0.1"), digits)


def is_there(running: Registry, number: int) -> bool:
    return running.send("GET", artifact(running, "stored", number)).status_code == 200


def test_what_is_lost_is_restored_from_the_backup_both_halves_of_it(
    running: Registry, digits: Model
) -> None:
    number = running.add("lost", digits, "2.0.0")
    running.alias("lost", "production", number)
    said = running.pods.task(BACKUP_ROLE)
    assert "copied artifacts and databases" in said
    assert PASSWORD not in said
    running.api("DELETE", "registered-models/delete", name="lost")
    running.store.rclone("purge", f"store:{BUCKET}")
    running.store.rclone("mkdir", f"store:{BUCKET}")
    with pytest.raises(AssertionError, match="still uses its databases: scale it to 0 first"):
        running.pods.task(RESTORE_ROLE)
    running.server.stop()
    with pytest.raises(AssertionError, match="there is no backup '20000101T000000Z'"):
        running.pods.task(RESTORE_ROLE, RESTORE_FROM="20000101T000000Z")
    for name in ("mlflow", "logins"):
        running.database.query("postgres", f"drop database {name}")
        running.database.query("postgres", f"create database {name}")
    assert "restored 2" in running.pods.task(RESTORE_ROLE)
    assert running.pods.prepare().returncode == 0
    running.server.start()
    assert is_whole(running, "lost", number, digits)
    aliases = running.api("GET", "registered-models/get", name="lost")["registered_model"]
    assert aliases["aliases"] == [{"alias": "production", "version": str(number)}]


def test_a_second_backup_keeps_the_first_and_copies_what_is_new_alone(
    running: Registry, digits: Model
) -> None:
    before = running.store.objects("copies")
    running.add("digits", digits, "1.0.1")
    running.pods.task(BACKUP_ROLE)
    after = running.store.objects("copies")
    new = {one.partition("/")[0] for one in after - before}
    assert before < after
    assert new == {"artifacts", "databases"}


def test_clean_up_deletes_what_users_deleted_but_nothing_behind_a_version(
    running: Registry, digits: Model
) -> None:
    number = running.add("used", digits, "1.0.0")
    version = running.api("GET", "model-versions/get", name="used", version=str(number))
    used = version["model_version"]
    unused = running.api("POST", "runs/create", experiment_id=running.experiment())
    idle = unused["run"]["info"]
    note = f"{running.path(idle['artifact_uri'])}/note.txt"
    where = f"/api/2.0/mlflow-artifacts/artifacts/{note}"
    assert running.send("PUT", where, content=b"text").status_code == 200
    for run in (used["run_id"], idle["run_id"]):
        running.api("POST", "runs/delete", run_id=run)
    model = used["source"].removeprefix("models:/")
    running.api("DELETE", f"logged-models/{model}")
    assert "kept" in running.pods.task(CLEAN_UP_ROLE, "0")
    kept = running.api("GET", "runs/get", run_id=used["run_id"])["run"]
    assert {one["key"] for one in kept["data"]["metrics"]} == {"accuracy", "f1"}
    assert running.send(
        "GET", "/api/2.0/mlflow/runs/get", {"run_id": idle["run_id"]}
    ).status_code == 404  # fmt: skip
    assert note not in running.store.objects(BUCKET)
    stored = running.store.objects(BUCKET)
    assert any(model in one and one.endswith("model.onnx") for one in stored)


def test_an_address_without_its_driver_is_refused_and_not_shown(
    running: Registry, tmp_path: Path
) -> None:
    pods = rendered(tmp_path / "pods", running.database, running.store)
    plain = pods.secrets["registry/database"].replace("+psycopg2", "")
    wrong = {**pods.secrets, "registry/database": plain}
    done = replace(pods, folder=tmp_path / "wrong", secrets=wrong).prepare()
    assert done.returncode == 1
    assert "write postgresql+psycopg2://user:password@host:5432/name" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_a_database_of_its_own_gets_a_second_one_for_logins(
    running: Registry, tmp_path: Path
) -> None:
    own = {"ownDatabase": {"password": {"secret": "own", "key": "password"}}, "database": None}
    with database("mlflow") as kept:
        # As its image makes them, from the variables of the pod.
        kept.query("postgres", f"create role mlflow superuser login password '{PASSWORD}'")
        made = rendered(tmp_path / "pods", kept, running.store, **own)
        secrets = {**made.secrets, "own/password": PASSWORD}
        both = [replace(made, folder=tmp_path / name, secrets=secrets) for name in ("a", "b")]
        # Of two pods that start at once, one migrates, and the other finds what that made.
        with ThreadPoolExecutor(2) as pods:
            for begun in [pods.submit(one.prepare) for one in both]:
                done = begun.result()
                assert done.returncode == 0, done.stderr
        assert "users" in kept.query("logins", "select tablename from pg_tables")
        assert "model_versions" in kept.query("mlflow", "select tablename from pg_tables")
