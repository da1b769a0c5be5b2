"""A Job fetches and verifies the files of a pool before its pods change."""

import json
from typing import Any

from components.part import name_of, plain
from components.pool import Pool
from components.weights import (
    WeightsArgs,
    check_container,
    deadline,
    fetch_job,
    file_set,
    parts,
    script_map,
    script_volume,
    set_digest,
    set_map,
)
from tests.samples import ROOT, containers, pool

MODELS = ["qwen3-0.6b", "gemma-3-4b-it"]


def fetch(found: Pool) -> dict[str, Any]:
    """Return the one container of a pool's Job."""
    (container,) = containers(plain(fetch_job(found))["spec"]["template"])
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

    assert file["about"] == found.files[0].size.bytes
    assert file["size"] == (file["about"] if found.files[0].size.exact else None)


def test_the_config_map_holds_the_set_as_json():
    found = pool()

    assert json.loads(plain(set_map(found))["data"]["set.json"]) == file_set(found)


def test_the_config_map_of_the_program_holds_every_committed_file():
    files = (ROOT / "components" / "scripts").glob("*.py")
    data = plain(script_map(pool()))["data"]

    assert data == {path.name: path.read_text(encoding="utf-8") for path in files}
    assert fetch(pool())["command"][3] == "/fetch/fetch_weights.py"
    assert "fetch_weights.py" in data


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


def test_job_and_pods_run_the_same_program():
    found = pool()
    volumes = plain(fetch_job(found))["spec"]["template"]["spec"]["volumes"]

    assert plain(script_volume(found)) in volumes
    assert option(fetch(found)["command"], "-s") == option(
        check_container(found).command or [], "-s"
    )


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
    *maps, job = parts("weights", WeightsArgs(pool=found))

    assert len(maps) == 2
    assert (job.options.timeout or 0) > plain(fetch_job(found))["spec"]["activeDeadlineSeconds"]
