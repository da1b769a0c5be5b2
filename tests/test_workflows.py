import os
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops.adapters.forge.place import Kind
from gitops.planning.output.markdown import MARK
from tests.gitops import forges, receivers
from tests.gitops.checkouts import Checkout, cloned
from tests.gitops.github import COMMIT, HEAD, TOKEN, github
from tests.gitops.promoting import BRANCH, accepted
from tests.support.project import ROOT, write_project

pytestmark = pytest.mark.thorough
FOLDER = ROOT / ".github/workflows"
WORKFLOWS: dict[str, Any] = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yml"))
}


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def script(workflow: str, step: str) -> str:
    return next(one["run"] for one in steps(WORKFLOWS[workflow]) if one.get("name") == step)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_by_its_commit(name: str):
    used = [step["uses"] for step in steps(WORKFLOWS[name]) if "uses" in step]

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_may_read_at_most_unless_it_says_why(name: str):
    workflow = WORKFLOWS[name]
    rights = [
        workflow["permissions"],
        *(job.get("permissions", {}) for job in workflow["jobs"].values()),
    ]
    writes = {right for given in rights for right, level in given.items() if level == "write"}

    told = {
        "apps": {"packages", "id-token", "attestations"},
        "cd": {"id-token"},
        "comment": {"pull-requests"},
        "promote": {"contents", "pull-requests"},
    }
    assert writes == told.get(name, set())


@pytest.mark.parametrize("name", [one for one in WORKFLOWS if one not in ("cd", "live", "promote")])
def test_what_a_fork_can_start_sees_no_secret(name: str):
    text = (FOLDER / f"{name}.yml").read_text()

    assert "secrets." not in text
    assert "pull_request_target" not in text


def test_the_job_that_runs_a_pull_requests_code_has_no_token():
    assert "token" not in (FOLDER / "preview.yml").read_text().lower()


def test_the_cluster_is_shown_to_branches_of_this_repository_alone():
    (job,) = WORKFLOWS["live"]["jobs"].values()

    assert "head.repo.full_name == github.repository" in job["if"]
    assert job["environment"] == "live-preview"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_script_has_an_expression_in_it(name: str):
    scripts = [step["run"] for step in steps(WORKFLOWS[name]) if "run" in step]

    assert [one for one in scripts if "${{" in one] == []


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this checkout with the stacks and models of the tests in place of its own."""
    made = cloned(Checkout(folder=ROOT), tmp_path / "clone")
    for pattern in ("Pulumi.*.yaml", "models/*.yaml"):
        for path in made.folder.glob(pattern):
            path.unlink()
    write_project(made.folder, ())
    made.commit("Declare the stacks of the tests")
    (made.folder / ".venv").symlink_to(ROOT / ".venv")
    return made.folder


def ran(text: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-euo", "pipefail", "-c", text]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_the_preview_of_a_pull_request_becomes_its_comment(clone: Path):
    step = script("preview", "Show what it does")
    made = ran(step, clone, BASE="HEAD")
    assert made.returncode == 0, made.stderr

    with github() as service:
        posted = ran(
            script("comment", "Comment"), clone,
            GITHUB_TOKEN=TOKEN, GITHUB_API_URL=service.address, GITHUB_REPOSITORY="team/models",
            COMMIT=COMMIT, HEAD=HEAD,
        )  # fmt: skip

    assert posted.returncode == 0, posted.stderr
    (ours,) = service.texts()
    assert ours.startswith(f"{MARK}\nCommit `{COMMIT}`")
    assert "### production: " in ours
    assert TOKEN not in posted.stdout + posted.stderr


def test_a_preview_that_handed_over_nothing_is_said_and_fails(clone: Path):
    with github() as service:
        posted = ran(
            script("comment", "Comment"), clone,
            GITHUB_TOKEN=TOKEN, GITHUB_API_URL=service.address, GITHUB_REPOSITORY="team/models",
            COMMIT=COMMIT, HEAD=HEAD,
        )  # fmt: skip

    assert posted.returncode == 1
    assert "**Could not be rendered:** the preview handed over no file" in service.texts()[0]


def test_only_another_workflow_starts_a_promotion():
    # YAML 1.1 reads the key `on` as true.
    assert list(WORKFLOWS["promote"].get("on") or WORKFLOWS["promote"][True]) == ["workflow_call"]


@pytest.mark.parametrize("kind", [Kind.GITHUB, Kind.GITLAB])
def test_what_was_accepted_becomes_a_pull_request_by_itself(tmp_path: Path, kind: Kind):
    here = accepted(tmp_path)
    text = script("promote", "Promote") if kind is Kind.GITHUB else gitlab_script()
    with forges.service(kind, here.remote) as there:
        told = f" --forge {kind} --forge-url {there.address}"
        done = ran(
            text.rstrip() + told, here.folder, LOCALAI_FORGE_TOKEN=forges.TOKEN, FROM="staging",
            TO="production", EVIDENCE=str(here.outside), PYTHONPATH=str(ROOT),
            CI_COMMIT_BRANCH="main", CI_COMMIT_SHA="HEAD", PUSH=str(here.remote),
        )  # fmt: skip

        assert done.returncode == 0, done.stderr
        assert len(there.pulls) == 1
    assert "pull request opened: " in done.stdout
    assert forges.TOKEN not in done.stdout + done.stderr


def test_a_promotion_is_pushed_with_the_token_that_opens_its_pull_request():
    found = list(steps(WORKFLOWS["promote"]))
    (checkout,) = (one for one in found if one.get("uses", "").startswith("actions/checkout@"))
    (promote,) = (one for one in found if one.get("name") == "Promote")

    assert checkout["with"]["token"] == promote["env"]["LOCALAI_FORGE_TOKEN"]


def test_the_required_check_of_a_promotion_passes_until_somebody_else_commits_to_it(
    tmp_path: Path,
):
    here = accepted(tmp_path)
    page = (ROOT / "docs/promotion.md").read_text()
    text = page.split("```yaml\n# .github/workflows/at-merge.yml\n")[1].split("```")[0]
    check = next(one["run"] for one in steps(yaml.safe_load(text)) if "env" in one)

    def merging() -> subprocess.CompletedProcess[str]:
        here.git("fetch", "--quiet", "origin")
        tip = here.branches()[BRANCH]
        return ran(check, here.folder, HEAD=tip, PYTHONPATH=str(ROOT))

    made = ran(
        script("promote", "Promote"), here.folder, FROM="staging", TO="production",
        EVIDENCE=str(here.outside), PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    passed = merging()
    assert passed.returncode == 0, passed.stderr
    here.git("switch", "--quiet", "--detach", f"origin/{BRANCH}")
    here.git("commit", "--quiet", "--allow-empty", "--message", "By hand")
    here.git("push", "--quiet", "origin", f"HEAD:{BRANCH}")
    here.git("switch", "--quiet", "main")
    refused = merging()
    assert (refused.returncode, "which is not what a promotion makes of main" in refused.stderr) \
        == (1, True)  # fmt: skip


def gitlab_script() -> str:
    """Return the script of the job for GitLab in the documents."""
    page = (ROOT / "docs/promotion.md").read_text()
    text = page.split("```yaml\n# .gitlab-ci.yml\n")[1].split("```")[0]
    job: dict[str, Any] = yaml.safe_load(text)
    return "\n".join(job["promote"]["script"])


def test_the_address_of_notices_is_shown_to_the_one_step_that_tells():
    text = (FOLDER / "promote.yml").read_text()
    told = [one["name"] for one in steps(WORKFLOWS["promote"]) if "LOCALAI_NOTICES" in str(one)]

    assert told == ["Promote"]
    assert text.count("secrets.notices") == 1


def test_a_workflow_tells_what_became_of_a_release(tmp_path: Path):
    here = accepted(tmp_path)
    here.ask("    notices: {webhook: LOCALAI_NOTICES}\n")
    page = (ROOT / "docs/promotion.md").read_text()
    told = yaml.safe_load(
        page.split("```yaml\n# .github/workflows/released.yml\n")[1].split("```")[0]
    )
    with receivers.receiver() as there:
        for step in steps(told):
            done = ran(
                step["run"], here.folder, LOCALAI_NOTICES=there.address, PYTHONPATH=str(ROOT)
            )
            assert done.returncode == 0, done.stderr
            assert receivers.SECRET not in done.stdout + done.stderr

    assert [one["event"] for one in there.bodies] == ["merged", "verified", "failed"]
    assert len({*there.keys}) == 3


def test_the_job_that_may_write_installs_only_what_it_needs():
    assert "make setup" not in (FOLDER / "comment.yml").read_text()
    code = "import sys, gitops.cli.main, gitops.cli.comment; print(*sys.modules, sep='\\n')"
    loaded = ran(f'.venv/bin/python -c "{code}"', ROOT).stdout.split()
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-comment.txt").read_text(), re.M)
    allowed = {name.replace("-", "_") for name in locked} | {"yaml"}
    homes = packages_distributions()
    needed = {top for top in (name.split(".")[0] for name in loaded) if top in homes}
    assert "httpx2" in needed
    assert {top for top in needed if not top.startswith("_")} <= allowed
