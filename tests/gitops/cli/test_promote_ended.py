"""A promotion that ends at any step, or that two people begin at once."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from gitops.adapters.forge.place import Kind
from tests.gitops.checkouts import GIT_ENVIRONMENT
from tests.gitops.forges import TOKEN, Service, service
from tests.gitops.promoting import BRANCH, ENDED, Project, project
from tests.support.project import ROOT

pytestmark = pytest.mark.thorough


@pytest.fixture
def here(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.fixture
def github(here: Project) -> Generator[Service]:
    with service(Kind.GITHUB, here.remote) as found:
        yield found


def begun(
    here: Project, github: Service, evidence: str, at: float = 0, where: str = "before"
) -> "subprocess.Popen[str]":
    words = ("promote", "staging", "production", "--evidence", evidence, "--forge", "github",
             "--forge-url", github.address)  # fmt: skip
    environment = {**os.environ, **GIT_ENVIRONMENT, "LOCALAI_FORGE_TOKEN": TOKEN,
                   "PYTHONPATH": str(ROOT)}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", ENDED, str(at), where, *words], cwd=here.folder, env=environment,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def untouched(here: Project, before: str) -> bool:
    state = here.git("rev-parse", "HEAD"), here.git("status", "--porcelain")
    locks = list((here.folder / ".git").rglob("*.lock"))
    return state == (before, "") and not locks


def test_a_promotion_that_is_killed_at_any_step_is_whole_or_not_there(
    here: Project, github: Service
):
    before, evidence = here.git("rev-parse", "HEAD"), here.evidence()
    code, errors = ended(begun(here, github, evidence))
    assert code == 0, errors
    steps = int(errors.rsplit("steps ", 1)[1])
    assert steps > 8
    tree = here.git("rev-parse", f"{BRANCH}^{{tree}}", folder=here.remote)

    ends = [(one, "before") for one in range(1, steps + 1)]
    for at, where in [*ends, (steps - 1, "after"), (steps, "after")]:
        here.git("update-ref", "-d", f"refs/heads/{BRANCH}", folder=here.remote)
        github.pulls.clear()
        code, _ = ended(begun(here, github, evidence, at, where))
        assert code == -9
        assert untouched(here, before)
        if BRANCH in here.branches():
            assert here.git("rev-parse", f"{BRANCH}^{{tree}}", folder=here.remote) == tree
        assert len(github.pulls) <= (BRANCH in here.branches())

        code, errors = ended(begun(here, github, evidence))
        assert code == 0, errors
        assert here.git("rev-parse", f"{BRANCH}^{{tree}}", folder=here.remote) == tree
        assert len(github.pulls) == 1


def test_of_two_at_once_one_wins_and_the_other_is_told(here: Project, github: Service):
    before, evidence = here.git("rev-parse", "HEAD"), here.evidence()
    both = [begun(here, github, evidence) for _ in range(2)]
    found = [ended(one) for one in both]

    lost = [errors for code, errors in found if code]
    assert all(f"another run moved {BRANCH} at the same time" in one for one in lost)
    assert len(lost) <= 1
    assert (len(github.pulls), untouched(here, before)) == (1, True)
    assert here.git("rev-list", "--count", f"main..{BRANCH}", folder=here.remote) == "1"
