import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from components.addons.mlflow.database import stateful_set
from components.addons.mlflow.mlflow import Mlflow, deployment, network_policy
from components.parts.part import plain
from stack import stack_parts
from tests.components.addons.mlflow.stacks import OWN, WHOLE, mlflow_args, objects
from tests.components.restricted import violations
from tests.samples import manifests, stack


def template(manifest: Any) -> Any:
    spec = manifest["spec"]
    return spec["template"] if "template" in spec else spec["jobTemplate"]["spec"]["template"]


PODS = {
    **objects(),
    **objects(database=None, ownDatabase=OWN),
}
WORKLOADS = {
    key: one for key, one in PODS.items() if key[0] in ("Deployment", "StatefulSet", "CronJob")
}


def ports(rules: list[dict[str, Any]]) -> list[int]:
    return [port["port"] for rule in rules for port in rule["ports"]]


def test_a_stack_without_a_registry_has_none_of_it():
    assert not [one for one in stack_parts(*stack()) if "mlflow" in one.name]


def test_a_whole_registry_has_these_objects():
    assert sorted(f"{kind} {name}" for kind, name in objects() if kind != "ConfigMap") == [
        "CronJob localai-mlflow-backup",
        "CronJob localai-mlflow-clean-up",
        "CronJob localai-mlflow-restore",
        "Deployment localai-mlflow",
        "NetworkPolicy localai-mlflow",
        "NetworkPolicy localai-mlflow-jobs",
        "PodDisruptionBudget localai-mlflow",
        "Service localai-mlflow",
        "ServiceAccount localai-mlflow",
    ]  # fmt: skip


@pytest.mark.parametrize("key", WORKLOADS, ids=" ".join)
def test_every_pod_meets_the_profile_restricted_and_has_no_token(key: tuple[str, str]):
    found = template(WORKLOADS[key])
    containers = [*found["spec"].get("initContainers", []), *found["spec"]["containers"]]

    assert violations(found) == []
    assert found["spec"]["automountServiceAccountToken"] is False
    assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in containers)


@pytest.mark.parametrize("key", WORKLOADS, ids=" ".join)
def test_no_password_is_in_plain_text(key: tuple[str, str]):
    spec = template(WORKLOADS[key])["spec"]
    secret = ("PASSWORD", "SECRET", "ACCESS_KEY", "PGPASSWORD")
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        for one in container["env"]:
            assert "value" not in one or not any(word in one["name"] for word in secret), one
            value: str = one.get("value", "")
            assert urlsplit(value).password is None


def test_old_pods_end_before_new_ones_migrate():
    assert plain(deployment(mlflow_args(replicas=3)))["spec"]["strategy"] == {"type": "Recreate"}


def test_it_answers_to_the_names_of_its_service_and_to_declared_hosts_alone():
    (container,) = template(plain(deployment(mlflow_args(hosts=["models.example.com"]))))["spec"][
        "containers"
    ]
    env = {one["name"]: one.get("value") for one in container["env"]}
    hosts = env["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")

    assert "localai-mlflow.localai-test.svc:5000" in hosts
    assert {"localai-mlflow", "localai-mlflow:5000", "models.example.com"} <= {*hosts}
    assert not any("*" in one for one in hosts)
    assert env["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] == "https://models.example.com"


def test_it_calls_out_to_nobody_and_starts_no_consumers_of_jobs():
    (container,) = template(plain(deployment(mlflow_args())))["spec"]["containers"]
    env = {one["name"]: one.get("value") for one in container["env"]}

    assert env["MLFLOW_DISABLE_TELEMETRY"] == env["DO_NOT_TRACK"] == "true"
    assert env["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert "--app-name=basic-auth" in container["args"]
    assert "--workers=1" in container["args"]
    # Not to its own pod alone, which is what it does by itself.
    assert "--host=0.0.0.0" in container["args"]


def test_the_server_calls_name_servers_its_database_and_its_bucket_and_nobody_else():
    found = plain(network_policy(mlflow_args()))["spec"]

    assert ports(found["egress"]) == [53, 53, 5432, 8333]
    assert ports(found["ingress"]) == [5000]


def test_jobs_are_called_by_nobody_and_reach_the_bucket_of_the_copies():
    found = objects()["NetworkPolicy", "localai-mlflow-jobs"]["spec"]

    assert not found.get("ingress")
    assert ports(found["egress"]) == [53, 53, 5432, 8333, 5000, 443]
    assert found["egress"][-1]["to"] == [{"ipBlock": {"cidr": "10.7.0.0/28"}}]


def test_its_own_database_is_called_by_the_registry_alone_and_calls_nobody():
    found = objects(database=None, ownDatabase=OWN)
    policy = found["NetworkPolicy", "localai-mlflow-database"]["spec"]
    (callers,) = policy["ingress"][0]["from"]

    assert not policy.get("egress")
    assert callers["podSelector"]["matchExpressions"][0]["values"] == [
        "mlflow", "mlflow-backup", "mlflow-restore", "mlflow-clean-up",
    ]  # fmt: skip


def test_the_claim_of_its_own_database_is_retained_and_so_is_its_name():
    args = mlflow_args(ownDatabase=OWN)
    (claim,) = (one for one in Mlflow.parts("mlflow", args) if one.name.endswith("-claim"))
    stateful = objects(database=None, ownDatabase=OWN)["StatefulSet", "localai-mlflow-database"]

    assert claim.options.retain
    assert "volumeClaimTemplates" not in stateful["spec"]


@pytest.mark.parametrize(("answer", "lives"), [(0, True), (1, True), (2, False), (3, False)])
def test_a_database_that_recovers_is_not_started_again(answer: int, lives: bool, tmp_path: Path):
    asked = tmp_path / "pg_isready"
    asked.write_text(f"#!/bin/sh\nexit {answer}\n")
    asked.chmod(0o700)
    stateful = objects(database=None, ownDatabase=OWN)["StatefulSet", "localai-mlflow-database"]
    (container,) = template(stateful)["spec"]["containers"]
    command = container["livenessProbe"]["exec"]["command"]
    found = subprocess.run(command, env={"PATH": f"{tmp_path}:/bin:/usr/bin"}, check=False)

    assert (found.returncode == 0) is lives


def test_its_own_database_is_made_for_the_registry_with_the_password_of_its_secret():
    (made,) = template(plain(stateful_set(mlflow_args(ownDatabase=OWN))))["spec"]["containers"]
    env = {one["name"]: one.get("value") for one in made["env"]}

    assert env.keys() == {"PGDATA", "POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER"}
    assert (env["POSTGRES_DB"], env["POSTGRES_USER"]) == ("mlflow", "mlflow")
    assert env["POSTGRES_PASSWORD"] is None


def test_the_password_of_its_own_database_is_in_no_address():
    (container,) = template(plain(deployment(mlflow_args(ownDatabase=OWN))))["spec"]["containers"]
    env = {one["name"]: one.get("value") for one in container["env"]}

    address = env["MLFLOW_BACKEND_STORE_URI"]
    assert address == "postgresql+psycopg2://mlflow@localai-mlflow-database:5432/mlflow"
    assert env["PGPASSWORD"] is None


def test_a_backup_dumps_before_it_copies_and_a_restore_copies_before_it_loads():
    found = objects()

    def steps(name: str) -> list[str]:
        spec = template(found["CronJob", name])["spec"]
        return [one["name"] for one in [*spec["initContainers"], *spec["containers"]]]

    assert steps("localai-mlflow-backup") == ["dump", "copy"]
    assert steps("localai-mlflow-restore") == ["fetch", "load"]


def test_a_restore_never_starts_by_itself():
    found = objects()
    suspended = {
        name: one["spec"]["suspend"] for (kind, name), one in found.items() if kind == "CronJob"
    }

    assert suspended == {
        "localai-mlflow-backup": False,
        "localai-mlflow-clean-up": False,
        "localai-mlflow-restore": True,
    }


def test_a_quota_has_room_for_its_jobs():
    without = _cores(manifests(stack_parts(*stack(quota="declared"))))
    found = _cores(manifests(stack_parts(*stack(mlflow=WHOLE, quota="declared"))))

    # The server, and half a core of each Job.
    assert found - without == 1 + 3 * 0.5


def _cores(found: list[Any]) -> float:
    (quota,) = (one for one in found if one["kind"] == "ResourceQuota")
    cores = quota["spec"]["hard"]["requests.cpu"]
    return float(cores[:-1]) / 1000 if cores.endswith("m") else float(cores)
