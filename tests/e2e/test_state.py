"""docs/runbooks/state.md, rehearsed: an engine that is killed, and a state that is lost."""

import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.engine import Engine
from tests.e2e.interruption import (
    begun,
    declared_names,
    documented,
    follow,
    kill_after,
    tool,
    unschedulable,
)
from tests.e2e.program import edit, objects, running
from tests.faults.content import lasting

pytestmark = pytest.mark.e2e


@pytest.fixture
def dev(cluster: Sandbox, tmp_path: Path) -> Generator[Engine]:
    with running(cluster, tmp_path, "dev") as made:
        yield made


def killed_while_it_waits(made: Engine) -> None:
    """Kill the first update once a Job is there, which is not yet written down."""
    jobs = ("--namespace", "localai-dev", "get", "jobs", "--output=name")
    with unschedulable(made.sandbox):
        update = begun(made)
        wait_until(lambda: bool(made.sandbox.kubectl(*jobs)), "No Job came", seconds=120)
        refused = tool(made, "state", "unlock", "dev")
        assert (refused.returncode, "still runs" in refused.stderr) == (1, True), refused.stderr
        assert kill_after(update, 0)


def test_a_first_update_that_is_killed_loses_no_object_and_leaves_none(dev: Engine) -> None:
    unlock, *rest = documented("An engine was killed")
    killed_while_it_waits(dev)
    early = tool(dev, "state", "orphans", "dev")
    assert (early.returncode, "is locked by" in early.stderr) == (1, True), early.stderr
    follow(dev, unlock)
    shown = tool(dev, "state", "orphans", "dev")
    assert shown.returncode == 3, shown.stderr
    assert "job.batch/localai-chat-weights" in shown.stdout
    assert "declared, but not in the state" in shown.stdout
    # A later commit names the Job otherwise, so that nobody declares the one that is there.
    edit(dev, pools__chat__models=["qwen3-0.6b"])
    before = set(objects(dev))
    shown = tool(dev, "state", "orphans", "dev")
    assert "neither declared nor in the state" in shown.stdout, shown.stdout
    for line in rest:
        follow(dev, line)
    assert set(objects(dev)) == declared_names(dev)
    assert before - declared_names(dev)
    assert dev.steps() == []
    assert tool(dev, "state", "orphans", "dev").returncode == 0


@contextmanager
def postgres(programs: Path) -> Generator[str]:
    """Run a database of Debian's PostgreSQL on a socket, and give its address."""
    with TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        shutil.chown(folder, "postgres")
        data, own = f"{folder}/data", ("runuser", "-u", "postgres", "--")
        steps = (
            [programs / "initdb", "--pgdata", data, "--auth=trust"],
            [programs / "pg_ctl", "--pgdata", data, "--wait", f"--log={folder}/log", "start",
             f"--options=-k {folder} -c listen_addresses="],
            ["createdb", "--host", folder, "state"],
        )  # fmt: skip
        try:
            for step in steps:
                subprocess.run([*own, *step], check=True, cwd=folder, capture_output=True)
            yield f"postgres:///state?host={folder}&sslmode=disable"
        finally:
            stop = [programs / "pg_ctl", "--pgdata", data, "--mode=immediate", "--wait", "stop"]
            subprocess.run([*own, *stop], check=False, cwd=folder, capture_output=True)


def test_a_state_in_a_database_is_locked_and_recovered_alike(dev: Engine) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.skip("Debian's package postgresql is not installed")
    with postgres(found[-1]) as address:
        backend = {"PULUMI_BACKEND_URL": address, "PGUSER": "postgres"}
        made = replace(dev, environment={**dev.environment, **backend})
        made.do("stack", "init")
        killed_while_it_waits(made)
        for line in documented("An engine was killed"):
            follow(made, line)
        assert set(objects(made)) == declared_names(made)
        assert made.steps() == []


def test_a_state_that_is_lost_is_restored_from_an_older_backup(dev: Engine) -> None:
    dev.up()
    (backup,) = documented("Back up, and restore")
    follow(dev, backup)
    edit(dev, pools__chat__models=["qwen3-0.6b"])
    dev.up()
    before = objects(dev)
    shutil.rmtree(dev.folder / "state")
    (dev.folder / "state").mkdir()
    for line in documented("Back up, and restore", 1):
        follow(dev, line)
    after = objects(dev)
    assert set(after) == declared_names(dev) == set(before)
    assert lasting(after) == lasting(before)
    assert dev.steps() == []
