"""Promotions on a real forge: a pull request is opened, approved, merged, and not opened again."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from gitops.adapters.forge.hosts import forge as client
from gitops.adapters.forge.place import ForgeError, Kind, Place
from gitops.adapters.forge.pulls import Done, Wanted, put
from tests.e2e.forge import REPOSITORY, USER, RealForge, forge
from tests.gitops.commands import Ended, run
from tests.gitops.promoting import BRANCH, Project, project
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e

WANTED = Wanted(branch="change", commit="", base="main", title="Change", body="The plan\n")


@pytest.fixture(scope="module")
def gitea() -> Generator[RealForge]:
    with forge() as found:
        yield found


@pytest.fixture(scope="module")
def here(gitea: RealForge, tmp_path_factory: pytest.TempPathFactory) -> Project:
    found = project(tmp_path_factory.mktemp("project"))
    found.edit(
        "Pulumi.production.yaml", "    from: staging\n", "    from: staging\n    approvals: 1\n"
    )
    found.git("remote", "set-url", "origin", gitea.remote)
    found.merge("Ask for an approval")
    return found


def promoted(here: Project, gitea: RealForge, *words: str) -> Ended:
    told = ("--forge", "gitea", "--forge-url", gitea.api, "--evidence", here.evidence(), *words)
    environment = {"LOCALAI_FORGE_TOKEN": gitea.token, "PYTHONPATH": str(ROOT)}
    return run(here.folder, "promote", "staging", "production", *told, environment=environment)


def test_a_forge_answers_as_its_stand_in_of_the_quick_tests(here: Project, gitea: RealForge):
    here.git("push", "--quiet", "origin", f"main:refs/heads/{WANTED.branch}")
    here.git("switch", "--quiet", "--create", "own")
    here.git("commit", "--quiet", "--allow-empty", "--message", "Change")
    (here.folder / "NOTES").write_text("x\n")
    here.git("add", "NOTES")
    here.git("commit", "--quiet", "--message", "Change")
    here.git("push", "--quiet", "origin", f"own:{WANTED.branch}")
    here.git("switch", "--quiet", "main")
    place = Place(kind=Kind.GITEA, api=gitea.api, repository=REPOSITORY)
    asked = client(place, gitea.token)
    wanted = replace(WANTED, commit=here.git("rev-parse", "own"))

    pull, first = put(asked, wanted)
    assert (first, put(asked, wanted)[1]) == (Done.OPENED, Done.UNCHANGED)
    assert (pull.author, pull.title, pull.body) == (USER, "Change", "The plan\n")
    assert put(asked, replace(wanted, body="another"))[1] is Done.UPDATED
    with pytest.raises(ForgeError, match="answered 409: pull request already exists"):
        asked.create(wanted)
    with pytest.raises(ForgeError, match=r"answered 401: .*; the token is invalid"):
        put(client(place, "wrong"), wanted)
    with pytest.raises(ForgeError, match=r"answered 404: .*; check the repository"):
        put(client(replace(place, repository=f"{USER}/none"), gitea.token), wanted)

    assert asked.approvals(pull) == frozenset()
    review = {"event": "APPROVED", "body": "good"}
    gitea.ask("POST", f"repos/{REPOSITORY}/pulls/{pull.number}/reviews", review, gitea.reviewer)
    assert asked.approvals(pull) == {"reviewer"}


def test_a_promotion_goes_from_its_pull_request_into_main(here: Project, gitea: RealForge):
    opened = promoted(here, gitea)
    assert opened.code == 0, opened.err
    assert opened.out.splitlines()[-1].startswith(f"pull request opened: {gitea.address}/")
    assert gitea.token not in opened.out + opened.err
    again = promoted(here, gitea)
    assert again.out.splitlines()[-1].startswith("pull request unchanged: ")
    waiting = promoted(here, gitea, "--at-merge")
    assert (waiting.code, "approved: 0 of 1" in waiting.err) == (1, True)

    number = int(opened.out.rsplit("/", 1)[1])
    pulls = f"repos/{REPOSITORY}/pulls/{number}"
    shown = gitea.ask("GET", pulls)
    assert (shown["head"]["ref"], "| smoke-evidence | holds |" in shown["body"]) == (BRANCH, True)
    files = gitea.ask("GET", f"{pulls}/files")
    assert sorted(one["filename"] for one in files) == [
        "Pulumi.production.yaml", "evidence/production/smoke.json", "releases/production.yaml",
    ]  # fmt: skip
    review = {"event": "APPROVED", "body": "good"}
    gitea.ask("POST", f"{pulls}/reviews", review, gitea.reviewer)
    assert promoted(here, gitea, "--at-merge").code == 0
    gitea.ask("POST", f"{pulls}/merge", {"Do": "squash"})

    here.git("pull", "--quiet", "--ff-only", "origin", "main")
    done = promoted(here, gitea)
    assert (done.code, done.err.splitlines()[-1]) == (0, "production has this release already")
    assert Path(here.folder, "releases", "production.yaml").is_file()
