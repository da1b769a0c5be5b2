"""docs/runbooks/state.md, rehearsed: an engine that is killed, and a state that is lost."""

import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

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
from tests.e2e.registry.stores import KEY, SECRET, database, object_store
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
def in_a_database(made: Engine) -> Generator[dict[str, str]]:
    """Give what tells the engine to keep its state in a PostgreSQL database."""
    del made
    with database("state") as kept:
        address = f"postgres:///state?host={kept.folder}&port={kept.port}&sslmode=disable"
        yield {"PULUMI_BACKEND_URL": address, "PGUSER": "postgres"}


@contextmanager
def in_a_bucket(made: Engine) -> Generator[dict[str, str]]:
    """Give what tells the engine to keep its state in a bucket of an S3 server."""
    with object_store(made.folder / "store", "state", netns=made.sandbox.netns) as kept:
        # A folder that it has just emptied it lists as an empty lock, which S3 itself does not.
        kept.rclone("touch", "store:state/.pulumi/locks/organization/localai/dev/keep/a")
        address = f"s3://state?endpoint={kept.address}&s3ForcePathStyle=true&region=us-east-1"
        keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        yield {"PULUMI_BACKEND_URL": address, **keys}


@pytest.mark.parametrize("place", [in_a_database, in_a_bucket])
def test_a_state_that_is_kept_elsewhere_is_locked_and_recovered_alike(
    place: Callable[[Engine], AbstractContextManager[dict[str, str]]], dev: Engine
) -> None:
    with place(dev) as backend:
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
