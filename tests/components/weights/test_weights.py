"""A Job fetches and verifies the files of a pool before its pods change."""

import json
from typing import Any

from lightkube.models.core_v1 import Container

from components.parts.part import name_of, plain
from components.pool.pool import Pool
from components.weights.volumes import first_containers
from components.weights.weights import (
    Weights,
    deadline,
    fetch_job,
    file_set,
    readers,
    set_digest,
    set_map,
)
from fetch.weight_set import PassingError, WeightsError
from tests.samples import containers, pool, pool_fields, stack

MODELS = ["qwen3-0.6b", "gemma-3-4b-it"]


def fetch(found: Pool) -> dict[str, Any]:
    """Return the one container of a pool's Job."""
    (container,) = containers(plain(fetch_job(found))["spec"]["template"])
    return container


def check_container(found: Pool) -> Container:
    """Return the init container that checks a pool's weights."""
    (container,) = first_containers(found)
    return container


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def test_the_set_holds_every_file_of_every_model_once():
    found = pool(models=MODELS)
    paths = [file["path"] for file in file_set(found)["files"]]

    assert len(paths) == 3
    assert paths == sorted({file.path for model in found.models for file in model.files})


def test_a_file_is_named_by_the_digest_that_it_must_have():
    for file in file_set(pool(models=MODELS))["files"]:
        assert file["path"].startswith(f"weights/{file['sha256']}/")
        assert file["url"].startswith("https://")


def test_a_size_that_nobody_has_locked_is_no_condition():
    found = pool()
    (file,) = file_set(found)["files"]

    assert file["about"] == found.files[0].size.most
    assert file["size"] == (file["about"] if found.files[0].size.exact else None)


def test_the_config_map_holds_the_set_as_json():
    found = pool()

    assert json.loads(plain(set_map(found))["data"]["set.json"]) == file_set(found)


def test_other_files_have_another_set_and_another_job():
    one, other = pool(), pool(models=MODELS)

    assert set_digest(one) != set_digest(other)
    assert name_of(set_map(one)) != name_of(set_map(other))
    assert name_of(fetch_job(one)) != name_of(fetch_job(other))


def test_the_job_fetches_the_set_into_the_folder_that_the_pods_check():
    found = pool()
    command, check = fetch(found)["command"], check_container(found).command or []

    assert "fetch" in command
    assert "check" in check
    assert option(command, "--root") == option(check, "--root") == "/storage/models"
    assert option(check, "--digest") == file_set(found)["digest"]


def test_only_the_job_may_write_to_the_claim():
    found = pool()
    claim = [
        mount for mount in check_container(found).volumeMounts or [] if mount.name == "storage"
    ]

    assert [mount.readOnly for mount in claim] == [True]
    assert {"name": "storage", "mountPath": "/storage"} in fetch(found)["volumeMounts"]


def test_a_token_for_gated_weights_comes_from_its_secret():
    found = pool(stack_fields={"hubToken": {"secret": "hub", "key": "token"}})

    assert fetch(found)["env"] == [
        {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}
    ]
    assert "env" not in fetch(pool())


def test_servers_never_see_the_token():
    found = pool(stack_fields={"hubToken": {"secret": "hub", "key": "token"}})

    assert check_container(found).env is None


def test_more_bytes_may_take_longer():
    assert deadline(pool(models=MODELS)) > deadline(pool())


def test_the_engine_waits_longer_than_the_job_may_take():
    found = pool()
    _, job = Weights.parts("weights", found)

    assert (job.options.timeout or 0) > plain(fetch_job(found))["spec"]["activeDeadlineSeconds"]


def test_wrong_bytes_and_refused_addresses_end_the_job_at_once():
    rule = plain(fetch_job(pool()))["spec"]["podFailurePolicy"]["rules"][0]

    assert rule["action"] == "FailJob"
    assert rule["onExitCodes"]["containerName"] == fetch(pool())["name"]
    assert rule["onExitCodes"]["values"] == [WeightsError.code]
    assert PassingError.code not in rule["onExitCodes"]["values"]


def test_a_job_may_fill_its_scratch_and_not_its_node():
    resources = fetch(pool())["resources"]

    assert resources["limits"]["ephemeral-storage"] == "11Gi"
    assert resources["requests"]["ephemeral-storage"] == "1Gi"


def test_a_proxy_is_said_on_the_command_line_and_not_in_the_environment():
    proxy = {"url": "http://proxy.corp:3128", "networks": ["10.1.2.3"], "direct": [".corp", "b"]}
    found = fetch(pool(stack_fields={"proxy": proxy}))

    assert option(found["command"], "--proxy") == "http://proxy.corp:3128"
    assert [word for word in found["command"] if word in (".corp", "b")] == [".corp", "b"]
    assert "env" not in found


def test_further_authorities_are_mounted_into_the_job_and_not_into_servers():
    found = pool(stack_fields={"trust": {"configMap": "corp", "key": "bundle.pem"}})
    spec = plain(fetch_job(found))["spec"]["template"]["spec"]
    (volume,) = [one for one in spec["volumes"] if one["name"] == "trust"]

    assert volume["configMap"] == {
        "name": "corp", "items": [{"key": "bundle.pem", "path": "ca.crt"}],
    }  # fmt: skip
    assert fetch(found)["env"] == [{"name": "SSL_CERT_FILE", "value": "/etc/localai-trust/ca.crt"}]
    assert check_container(found).env is None


HUB = {"hub": {"endpoint": "https://hf.corp:8443/mirror"}}


def test_a_mirror_of_the_hub_stands_in_its_place_and_restarts_no_server():
    (mirrored,), (file,) = file_set(pool(stack_fields=HUB))["files"], file_set(pool())["files"]

    assert mirrored["url"].startswith("https://hf.corp:8443/mirror/")
    assert mirrored["url"].removeprefix("https://hf.corp:8443/mirror") == file["url"].removeprefix(
        "https://huggingface.co"
    )
    assert set_digest(pool(stack_fields=HUB)) == set_digest(pool())


def test_a_mirror_gets_the_token_only_where_there_is_one():
    token = {"hubToken": {"secret": "hub", "key": "token"}}

    assert "env" not in fetch(pool(stack_fields=HUB))
    assert fetch(pool(stack_fields=HUB | token))["env"][-1] == {
        "name": "HF_ENDPOINT", "value": "https://hf.corp:8443/mirror",
    }  # fmt: skip


def shared(guest: str = "find") -> tuple[Pool, ...]:
    """Return a pool that reads the claim of another, and that one."""
    own = {"size": "100Gi", "access": "ReadWriteMany"}
    fields = {"models": MODELS, "storage": {"from": "chat"}}
    return stack({guest: pool_fields(**fields), "chat": pool_fields(storage=own)})[1]


def test_one_job_fetches_for_every_pool_that_reads_the_claim():
    guest, owner = shared()
    command = fetch(owner)["command"]
    sets = plain(set_map(owner))["data"]

    assert [one.name for one in readers(owner)] == ["chat", "find"]
    assert [json.loads(text)["digest"] for text in sets.values()] == [
        set_digest(owner), set_digest(guest),
    ]  # fmt: skip
    files = [command[index + 1] for index, word in enumerate(command) if word == "--set"]
    assert files == [f"/set/{name}" for name in sets]
    assert deadline(owner) > deadline(pool())


def test_a_guest_of_any_name_has_a_set_next_to_that_of_its_owner():
    guest, owner = shared("set")
    sets = plain(set_map(owner))["data"]

    assert [json.loads(text) for text in sets.values()] == [file_set(owner), file_set(guest)]


def test_who_reads_anothers_claim_has_no_job_and_checks_its_own_set_there():
    guest, owner = shared()

    assert Weights.parts("weights", guest) == ()
    assert guest.claim == owner.claim
    assert option(check_container(guest).command or [], "--digest") == set_digest(guest)


def test_a_guest_that_comes_restarts_no_server_of_its_host():
    _, owner = shared()
    alone = pool(storage={"size": "100Gi", "access": "ReadWriteMany"})

    assert plain(check_container(owner)) == plain(check_container(alone))
