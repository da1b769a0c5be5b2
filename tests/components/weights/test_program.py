"""One program for the Jobs that fetch and the pods that check, in one ConfigMap of a stack."""

import sys
from pathlib import PurePosixPath

from components.parts.part import plain
from components.weights.program import (
    WORKING_FOLDER,
    command,
    script_map,
    script_mount,
    script_volume,
)
from components.weights.volumes import first_containers
from components.weights.weights import fetch_job
from tests.samples import pool
from tests.support.project import ROOT


def test_the_config_map_holds_every_file_of_the_package():
    files = (ROOT / "fetch").glob("*.py")
    data = plain(script_map(pool().context))["data"]

    assert data == {path.name: path.read_text(encoding="utf-8") for path in files}
    assert "__main__.py" in data


def test_python_finds_the_package_in_the_folder_where_containers_run():
    (job,) = plain(fetch_job(pool()))["spec"]["template"]["spec"]["containers"]
    (check,) = map(plain, first_containers(pool()))
    place = PurePosixPath(script_mount().mountPath)

    assert str(place.parent) == WORKING_FOLDER == job["workingDir"] == check["workingDir"]
    assert command("check")[:6] == ["python", "-E", "-s", "-m", place.name, "check"]
    assert place.name not in sys.stdlib_module_names


def test_job_and_pods_run_the_same_program():
    found = pool()
    volumes = plain(fetch_job(found))["spec"]["template"]["spec"]["volumes"]

    assert plain(script_volume(found)) in volumes


def test_all_pools_of_a_stack_share_one_program():
    found = [pool(), pool("other")]
    maps = {
        one["configMap"]["name"] for one in map(plain, map(script_volume, found))
    }  # fmt: skip

    assert maps == {plain(script_map(found[0].context))["metadata"]["name"]}
