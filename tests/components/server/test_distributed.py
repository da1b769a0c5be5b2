"""What front ends and workers are told: every door has a key, and no key is in plain text."""

from lightkube.models.core_v1 import EnvVar

from components.parts.part import plain
from components.server.distributed import front_end_variables, mode, worker_variables, workers_name
from tests.components.distributed_pool import distributed_pool, distributed_settings

POOL = distributed_pool()
SETTINGS = distributed_settings(POOL)
FRONT_END = front_end_variables(SETTINGS)
WORKER = worker_variables(POOL, SETTINGS)


def text(variables: list[EnvVar], name: str) -> str:
    (found,) = (one.value for one in variables if one.name == name)
    assert found
    return found


def secrets(variables: list[EnvVar]) -> dict[str, str]:
    found = (plain(one) for one in variables)
    return {
        one["name"]: one["valueFrom"]["secretKeyRef"]["key"]
        for one in found
        if "secretKeyRef" in one.get("valueFrom", {})
    }


def test_nobody_is_let_in_without_a_credential():
    assert text(FRONT_END, "LOCALAI_DISTRIBUTED_REQUIRE_AUTH") == "true"
    assert text(WORKER, "LOCALAI_DISTRIBUTED_REQUIRE_AUTH") == "true"
    assert text(FRONT_END, "LOCALAI_REGISTRATION_MODE") == "invite"
    assert text(FRONT_END, "LOCALAI_DISABLE_LOCAL_AUTH") == "true"


def test_secrets_are_references():
    assert secrets(FRONT_END) == {
        "LOCALAI_AUTH_DATABASE_URL": "url",
        "LOCALAI_AUTH_HMAC_SECRET": "hash",
        "LOCALAI_NATS_ACCOUNT_SEED": "seed",
        "LOCALAI_NATS_SERVICE_JWT": "jwt",
        "LOCALAI_NATS_SERVICE_SEED": "service-seed",
        "LOCALAI_REGISTRATION_TOKEN": "token",
    }


def test_a_worker_knows_the_token_and_nothing_of_the_database():
    assert secrets(WORKER) == {"LOCALAI_REGISTRATION_TOKEN": "token"}


def test_a_worker_is_found_by_a_name_that_outlives_its_pod():
    host = f"$(POD_NAME).{workers_name(POOL)}.localai-test.svc"

    assert text(WORKER, "LOCALAI_ADVERTISE_ADDR") == f"{host}:50051"
    assert text(WORKER, "LOCALAI_ADVERTISE_HTTP_ADDR") == f"{host}:50050"
    assert WORKER[0].name == "POD_NAME"


def test_a_worker_registers_at_the_service_of_its_pool():
    assert text(WORKER, "LOCALAI_REGISTER_TO") == "http://localai-chat.localai-test.svc:8080"


def test_a_worker_fetches_no_engine_by_itself():
    assert text(WORKER, "LOCALAI_BACKEND_GALLERIES") == "[]"
    assert text(WORKER, "LOCALAI_REQUIRE_BACKEND_INTEGRITY") == "true"


def test_both_are_told_only_what_they_read():
    known = mode(POOL)
    own = {"POD_NAME", "HOME"}

    assert {one.name for one in FRONT_END} <= known.front_end
    assert {one.name for one in WORKER} - own <= known.worker
