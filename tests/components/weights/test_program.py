"""One program for the Job that fetches and the pods that check, in a ConfigMap of each pool."""

import sys

from components.parts.part import plain
from components.weights.program import command, script_map, script_mount, script_volume
from components.weights.weights import fetch_job
from tests.samples import ROOT, pool


def test_the_config_map_holds_every_committed_file():
    files = (ROOT / "components" / "scripts").glob("*.py")
    data = plain(script_map(pool()))["data"]

    assert data == {path.name: path.read_text(encoding="utf-8") for path in files}
    assert command("check")[3] == f"{script_mount().mountPath}/fetch_weights.py"
    assert "fetch_weights.py" in data


def test_no_file_of_the_program_hides_a_module_of_the_standard_library():
    names = {path.stem for path in (ROOT / "components" / "scripts").glob("*.py")}

    assert not names & sys.stdlib_module_names


def test_the_program_ignores_variables_and_packages_of_the_user():
    assert command("check", "--digest", "x") == [
        "python", "-E", "-s", "/fetch/fetch_weights.py", "check", "--digest", "x",
    ]  # fmt: skip


def test_job_and_pods_run_the_same_program():
    found = pool()
    volumes = plain(fetch_job(found))["spec"]["template"]["spec"]["volumes"]

    assert plain(script_volume(found)) in volumes
