"""A stack for one server: everything a cluster gets is there, or said to be left out."""

import re
from functools import cache
from typing import Any

import pytest
import yaml

from components.parts.part import Part
from gitops.export.compose import Exported, exported
from gitops.export.left_out import CARRIED, FIELDS, KINDS, LeftOut, lines
from gitops.export.server import schedule_file
from stack import stack_parts
from tests.everything import STACKS, everything, sample

ONE_SERVER = tuple(
    file.stack
    for file in everything().files
    if not any(pool.distributed for pool in file.settings.pools.values())
)
on_every_sample = pytest.mark.parametrize("name", ONE_SERVER)


@cache
def parts(name: str) -> tuple[Part, ...]:
    return stack_parts(*sample(name))


@cache
def made(name: str) -> Exported:
    return exported(name, parts(name))


def services(name: str) -> dict[str, dict[str, Any]]:
    return yaml.safe_load(made(name).files["compose.yaml"])["services"]


def manifests(name: str, *kinds: str) -> list[dict[str, Any]]:
    return [
        dict(one.manifest) for one in parts(name) if one.manifest and one.manifest["kind"] in kinds
    ]


def steps(name: str) -> list[str]:
    return made(name).files["steps"].splitlines()


def containers(name: str) -> list[dict[str, Any]]:
    held = [
        *manifests(name, "Deployment", "StatefulSet", "Job"),
        *(one["spec"]["jobTemplate"] for one in manifests(name, "CronJob")),
    ]
    pods = [one["spec"]["template"]["spec"] for one in held]
    return [one for pod in pods for one in [*pod.get("initContainers", ()), *pod["containers"]]]


def test_the_samples_hold_stacks_of_one_server_and_one_that_is_not():
    assert len(ONE_SERVER) > 5
    assert len(ONE_SERVER) < len(STACKS)


@on_every_sample
def test_each_container_is_a_service_with_the_same_image(name: str):
    found = [one["image"] for key, one in services(name).items() if key != "folders"]

    assert sorted(found) == sorted(one["image"] for one in containers(name))


@on_every_sample
def test_every_kind_of_object_is_carried_or_said_to_be_left_out(name: str):
    whats = {one.what for one in made(name).left_out}
    kinds = {one["kind"] for one in manifests(name, *KINDS)}

    assert {what.split()[0] for what in whats if what[0].isupper()} >= kinds
    every = {one.manifest["kind"] for one in parts(name) if one.manifest}
    assert every <= CARRIED | KINDS.keys()


@on_every_sample
def test_every_field_of_a_pod_is_known(name: str):
    assert [one for one in made(name).left_out if "does not know" in one.why] == []


def test_a_field_that_is_not_known_is_said():
    from gitops.export.left_out import of_fields

    assert of_fields({"image": "a", "hostUsers": False}) == [
        LeftOut(what="hostUsers", why="the export does not know it")
    ]


def test_one_reason_is_one_line():
    found = [LeftOut(what=name, why=FIELDS["affinity"]) for name in ("affinity", "nodeSelector")]

    assert lines([*found, *found]) == [
        "affinity, nodeSelector: there is one server: see that it has the GPUs and the memory"
    ]


@on_every_sample
def test_every_service_is_as_confined_as_its_container(name: str):
    for key, one in services(name).items():
        # One image writes into its own packages (docs/decisions/0017).
        assert one["read_only"] is (key != "localai-anythingllm")
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in one
        if key != "folders":
            assert "cap_add" not in one
            assert one["user"].split(":")[0] not in ("0", "root")
            assert one["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}


# Of compose-spec/schema/compose-spec.json; a key that Compose does not know is refused by it.
KEYS = {
    "cap_add", "cap_drop", "command", "depends_on", "deploy", "devices", "entrypoint",
    "environment", "group_add", "healthcheck", "image", "logging", "network_mode", "networks",
    "ports", "profiles", "read_only", "restart", "secrets", "security_opt", "stop_grace_period",
    "user", "volumes", "working_dir",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}


@on_every_sample
def test_a_service_has_keys_that_compose_knows(name: str):
    for one in services(name).values():
        assert one.keys() <= KEYS
        assert one.get("healthcheck", {}).keys() <= HEALTH_KEYS


def test_a_server_has_its_grace_period():
    assert services("server")["localai-chat"]["stop_grace_period"] == "180s"


@on_every_sample
def test_what_is_waited_for_is_there_and_ends(name: str):
    known = services(name)
    seen: set[str] = set()

    def visit(service: str, above: tuple[str, ...]) -> None:
        assert service not in above
        if service in seen:
            return
        seen.add(service)
        for other, how in known[service].get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in known[other]
            else:
                assert known[other]["restart"] == "no"
            visit(other, (*above, service))

    for service in known:
        visit(service, ())


def test_servers_wait_for_weights_and_engines_and_the_router_for_servers():
    known = services("server")

    assert known["localai-chat-check-weights"]["depends_on"].keys() >= {
        "folders", "localai-chat-engines", "localai-chat-weights",
    }  # fmt: skip
    assert known["localai-chat"]["depends_on"] == {
        "localai-chat-check-weights": {"condition": "service_completed_successfully"}
    }
    assert known["localai-router"]["depends_on"]["localai-chat"] == {"condition": "service_healthy"}
    assert known["localai-chat-verify"]["depends_on"]["localai-router"] == {
        "condition": "service_healthy"
    }
    assert known["localai-chat-verify"]["profiles"] == ["verify"]


@on_every_sample
def test_no_secret_is_a_variable(name: str):
    given = {*made(name).given, *made(name).generated}
    for one in services(name).values():
        for variable in one.get("environment", {}):
            assert not re.search(r"API_KEY|PASSWORD|SECRET|TOKEN$|MASTER_KEY", variable), variable
    tops = yaml.safe_load(made(name).files["compose.yaml"])["secrets"]
    files = {one["file"].split("}/")[1] for one in tops.values()}
    assert files <= given


@on_every_sample
def test_every_folder_of_the_server_is_made_with_its_owner(name: str):
    known = services(name)
    script = known["folders"]["command"][0]
    for one in known.values():
        for volume in one.get("volumes", ()):
            source = volume.get("source", "")
            if source.startswith("${LOCALAI_DATA") and volume["target"] != "/data":
                path = source.split("}/")[1]
                assert f"own {one['user'].split(':')[0]} /data/{path}\n" in script


@on_every_sample
def test_every_configuration_is_a_file_of_the_export(name: str):
    files = made(name).files
    for one in services(name).values():
        for volume in one.get("volumes", ()):
            if volume.get("source", "").startswith("./config/"):
                prefix = volume["source"].removeprefix("./")
                assert [file for file in files if file == prefix or file.startswith(f"{prefix}/")]


def devices(one: dict[str, Any]) -> list[str]:
    reserved = one["deploy"]["resources"].get("reservations", {}).get("devices", [])
    return [name for device in reserved for name in device["device_ids"]]


def test_two_pools_never_get_the_same_gpu():
    known = services("server")

    assert devices(known["localai-chat"]) == ["${LOCALAI_CHAT_GPU_0:-0}"]
    assert devices(known["localai-images"]) == ["${LOCALAI_IMAGES_GPU_0:-1}"]
    assert devices(known["localai-embeddings"]) == []


def test_a_slice_of_a_gpu_is_named_by_a_person():
    (device,) = devices(services("gateway")["localai-slice"])

    assert device.startswith("${LOCALAI_SLICE_GPU_0:?")
    assert "LOCALAI_SLICE_GPU_0=\n" in made("gateway").environment


def test_behind_a_router_only_the_router_is_published_and_to_the_server_alone():
    known = services("server")

    assert known["localai-router"]["ports"] == [
        "${LOCALAI_LISTEN:-127.0.0.1}:${LOCALAI_ROUTER_PORT:-8080}:4000"
    ]
    assert "ports" not in known["localai-chat"]
    assert "ask router LOCALAI_ROUTER_PORT 8080 /health/readiness" in steps("server")


def test_a_container_answers_to_the_names_of_its_services():
    aliases = services("server")["localai-chat"]["networks"]["serving"]["aliases"]

    assert aliases == ["localai-chat", "localai-chat.everything-server.svc"]
    (router,) = (
        text for name, text in made("server").files.items() if name.endswith("/config.yaml")
    )
    assert "http://localai-chat.everything-server.svc:8080/v1" in router


def test_what_checks_files_has_no_network_and_what_downloads_reaches_no_server():
    known = services("server")

    assert known["localai-chat-check-weights"]["network_mode"] == "none"
    assert known["localai-chat-weights"]["networks"] == ["downloads"]
    assert list(known["localai-chat"]["networks"]) == ["serving"]


def test_steps_say_what_to_bring_and_what_to_prepare_in_order():
    assert [one for one in steps("server") if not one.startswith("prepare")] == [
        "generate localai-api-key/api-key",
        "generate localai-router-key/master-key",
        "need company-ca/ca.crt",
        "need hub/token",
        "need registry-login/.dockerconfigjson",
        "key localai-router-key/master-key",
        "port LOCALAI_ROUTER_PORT 8080",
        "ask router LOCALAI_ROUTER_PORT 8080 /health/readiness",
        "task localai-chat-verify folders localai-chat-verify",
        "task localai-images-verify folders localai-images-verify",
        "task localai-embeddings-verify folders localai-embeddings-verify",
        "gpu LOCALAI_CHAT_GPU_0 0 1",
        "gpu LOCALAI_IMAGES_GPU_0 1 1",
        "wait localai-chat",
        "wait localai-images",
        "wait localai-embeddings",
    ]
    assert next(one for one in steps("server") if one.startswith("prepare")) == "prepare folders"


@on_every_sample
def test_each_port_of_what_runs_is_a_step_by_which_two_of_one_number_are_found(name: str):
    published = str([one.get("ports", ()) for one in services(name).values()])
    found = [one.split()[1:] for one in steps(name) if one.startswith("port ")]

    assert len(found) == published.count("LOCALAI_LISTEN")
    for variable, number in found:
        assert f"${{{variable}:-{number}}}" in published


@on_every_sample
def test_each_server_that_runs_is_asked_or_waited_for(name: str):
    ready = {one.split()[2] for one in steps(name) if one.startswith("ask ")}
    waited = [one.split()[1] for one in steps(name) if one.startswith("wait ")]
    known = {
        key: one for key, one in services(name).items()
        if one["restart"] != "no" and one["deploy"].get("replicas", 1)
    }  # fmt: skip
    asked = [
        key for key, one in known.items()
        if any(f"{{{port}:" in str(one.get("ports")) for port in ready)
    ]  # fmt: skip

    assert sorted([*asked, *waited]) == sorted(known)


def test_a_served_model_is_asked_under_the_name_by_which_its_version_is_proven():
    assert "ask served-digits SERVED_DIGITS_PORT 8081 /readyz" in steps("issued")
    assert [one for one in steps("inside") if one.startswith("wait ")] == [
        "wait localai-documents", "wait localai-sleeping", "wait localai-mlflow",
        "wait localai-anythingllm",
    ]  # fmt: skip


@on_every_sample
def test_an_export_has_the_same_bytes_every_time(name: str):
    assert exported(name, parts(name)) == made(name)


def test_what_a_cron_job_starts_runs_when_it_is_asked_and_waits_for_no_server():
    known = services("inside")

    assert (
        "task localai-anythingllm-restore folders localai-anythingllm-restore-fetch "
        "localai-anythingllm-restore"
    ) in steps("inside")
    fetch, put = known["localai-anythingllm-restore-fetch"], known["localai-anythingllm-restore"]
    assert fetch["profiles"] == put["profiles"] == ["anythingllm-restore"]
    assert fetch["depends_on"].keys() == {"folders"}
    assert put["depends_on"].keys() == {"localai-anythingllm-restore-fetch"}
    assert fetch["environment"]["RESTORE_FROM"] == "${RESTORE_FROM:-list}"
    assert put["environment"]["RESTORE_OVER"] == "${RESTORE_OVER:-nothing}"
    # A word in somebody's shell is for a restore alone.
    assert known["localai-anythingllm-rehearsal-fetch"]["environment"]["RESTORE_FROM"] == "latest"


def test_a_job_finds_nothing_of_the_one_before_it():
    script = services("inside")["folders"]["command"][0]

    for name in ("backup", "restore", "update"):
        assert f"rm -rf /data/scratch/localai-anythingllm-{name}-backup\n" in script


def test_what_a_clock_starts_is_a_file_of_cron():
    lines = made("inside").files["localai-inside-jobs"].splitlines()

    assert (
        "35 1 * * * root sh /etc/localai/inside/update.sh --run localai-anythingllm-backup"
        " 2>&1 | logger -t localai-anythingllm-backup"
    ) in lines
    # No clock starts a restore.
    assert not any("restore" in line for line in lines)
    assert "localai-server-jobs" not in made("server").files


@pytest.mark.parametrize(
    ("said", "cron"),
    [
        ("*/10 0-6/2 1,15 * 1-5", "*/10 0-6/2 1,15 * 1-5"),
        ("5/15 3,4/6 * * 0", "5-59/15 3,4-23/6 * * 0"),
        ("10-45/5 12 * * *", "10-45/5 12 * * *"),
    ],
)
def test_a_schedule_means_the_same_to_cron(said: str, cron: str):
    (text,) = schedule_file("dev", {"localai-mlflow-backup": said}).values()

    assert text.splitlines()[-1].startswith(f"{cron} root sh ")


@on_every_sample
def test_whoever_is_given_a_secret_is_in_the_group_that_reads_its_file(name: str):
    for one in services(name).values():
        if one.get("secrets"):
            assert "10001" in (one["user"].split(":")[0], *one.get("group_add", ()))


def test_a_server_is_asked_by_what_its_image_has():
    asked = {name: one["healthcheck"]["test"][1] for name, one in services("inside").items()
             if "healthcheck" in one}  # fmt: skip

    assert asked["localai-anythingllm"] == asked["localai-documents"] == "curl"
    assert asked["localai-router"] == "python3"
