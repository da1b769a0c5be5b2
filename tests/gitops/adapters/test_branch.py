import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from gitops.adapters.branch import Branches, TakenError
from gitops.adapters.git import GitError
from gitops.adapters.process import run

BRANCH = "promote/production"


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.org")


@pytest.fixture
def here(tmp_path: Path) -> Branches:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(tmp_path, "clone", "--quiet", "remote.git", "clone")
    clone = tmp_path / "clone"
    git(clone, "switch", "--quiet", "--create", "main")
    for name in ("a.txt", "releases/qa.yaml", "sub/deep/file"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(f"{name}\n")
    (clone / "run.sh").write_text("")
    (clone / "run.sh").chmod(0o755)
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message=first")
    git(clone, "push", "--quiet", "origin", "main")
    return Branches(folder=clone, run=run)


def head(here: Branches) -> str:
    return git(here.folder, "rev-parse", "HEAD")


def test_a_commit_changes_some_files_and_nothing_here(here: Branches):
    before = head(here)
    files = {"releases/production.yaml": b"new\n", "a.txt": b"other\n", "sub/deep/file": None,
             "new/folder/x": b"x"}  # fmt: skip
    commit = here.commit(here.tree(before, files), before, "Promote\n")
    here.push(commit, BRANCH, None)

    listed = git(here.folder, "ls-tree", "-r", commit).splitlines()
    assert [(line[:6], line.partition("\t")[2]) for line in listed] == [
        ("100644", "a.txt"), ("100644", "new/folder/x"), ("100644", "releases/production.yaml"),
        ("100644", "releases/qa.yaml"), ("100755", "run.sh"),
    ]  # fmt: skip
    assert git(here.folder, "show", f"{commit}:a.txt") == "other"
    assert here.heads() == ({"main": before, BRANCH: commit}, "main")
    assert git(here.folder, "status", "--porcelain") == ""
    assert head(here) == before


def test_paths_are_below_the_folder(here: Branches):
    below = Branches(folder=here.folder / "sub", run=run)

    tree = below.tree(head(here), {"deep/file": b"other\n"})

    assert git(here.folder, "show", f"{tree}:sub/deep/file") == "other"


def test_the_same_files_are_the_same_tree(here: Branches):
    assert here.tree(head(here), {"a.txt": b"a.txt\n"}) == git(
        here.folder, "rev-parse", "HEAD^{tree}"
    )


def test_a_branch_that_moved_meanwhile_is_not_written_over(here: Branches):
    before = head(here)
    one, two = (here.commit(here.tree(before, {"a.txt": text}), before, "Promote")
                for text in (b"1", b"2"))  # fmt: skip
    here.push(one, BRANCH, None)

    with pytest.raises(TakenError, match="another run moved promote/production at the same time"):
        here.push(two, BRANCH, None)
    with pytest.raises(TakenError):
        here.push(two, BRANCH, before)

    here.push(two, BRANCH, one)
    assert here.heads()[0][BRANCH] == two


def test_of_two_that_push_at_once_one_wins(here: Branches):
    before = head(here)
    commits = [here.commit(here.tree(before, {"a.txt": bytes([one])}), before, "Promote")
               for one in range(2)]  # fmt: skip

    def push(commit: str) -> bool:
        try:
            here.push(commit, BRANCH, None)
        except TakenError:
            return False
        return True

    with ThreadPoolExecutor(max_workers=2) as both:
        won = list(both.map(push, commits))

    assert sorted(won) == [False, True]
    assert here.heads()[0][BRANCH] == commits[won.index(True)]


def test_the_tip_of_a_branch_elsewhere_is_fetched(here: Branches, tmp_path: Path):
    git(tmp_path, "clone", "--quiet", "remote.git", "other")
    other = Branches(folder=tmp_path / "other", run=run)
    commit = other.commit(other.tree(head(here), {"a.txt": b"1"}), head(here), "Promote\n\nWhy.\n")
    other.push(commit, BRANCH, None)

    tip = here.tip(BRANCH, commit)

    assert (tip.parents, tip.message) == ((head(here),), "Promote\n\nWhy.")
    assert tip.tree == git(tmp_path / "other", "rev-parse", f"{commit}^{{tree}}")


def test_a_detached_head_is_no_branch(here: Branches):
    assert here.current() == "main"
    git(here.folder, "switch", "--quiet", "--detach")
    assert here.current() is None


def test_a_remote_that_is_not_there_is_told(here: Branches):
    nowhere = Branches(folder=here.folder, run=run, remote="upstream")
    with pytest.raises(GitError, match="there is no remote 'upstream' here"):
        nowhere.address()

    git(here.folder, "remote", "set-url", "origin", "/nowhere")
    with pytest.raises(GitError, match="see that the remote answers"):
        here.heads()
    with pytest.raises(GitError, match=r"origin does not take promote/production: .*/nowhere"):
        here.push(head(here), BRANCH, None)


def test_somebody_without_a_name_is_told(here: Branches, monkeypatch: pytest.MonkeyPatch):
    for name in [one for one in os.environ if one.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(here.folder, "config", "user.useConfigOnly", "true")

    with pytest.raises(GitError, match=r"Git makes no commit.*git config user.name"):
        here.commit(git(here.folder, "rev-parse", "HEAD^{tree}"), head(here), "Promote")


def test_a_hook_of_the_checkout_does_not_run(here: Branches):
    hook = here.folder / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    here.push(head(here), BRANCH, None)

    assert BRANCH in here.heads()[0]


def commit_of(here: Branches, name: str, when: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a commit of a file that is not like the last one, made as if it were another time."""
    (here.folder / name).write_text(f"{name} {when}\n")
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{when}T00:00:00Z")
    git(here.folder, "commit", "--quiet", "--all", "--message", when)
    return head(here)


@pytest.mark.parametrize(
    ("before", "claimed", "believed"),
    [
        # Years that have passed, since Git itself asks what is in the future.
        ("2019-03-01", "2019-04-01", "2019-04-01"),
        ("2019-03-01", "2018-01-01", "2019-03-01"),
        ("2099-01-01", "2019-04-01", "2019-04-01"),
    ],
)
def test_a_commit_that_claims_to_be_older_than_those_before_it_is_not_believed(
    here: Branches, monkeypatch: pytest.MonkeyPatch, before: str, claimed: str, believed: str
):
    git(here.folder, "checkout", "--quiet", "--orphan", "dated")
    commit_of(here, "run.sh", before, monkeypatch)
    commit = commit_of(here, "a.txt", claimed, monkeypatch)
    commit_of(here, "run.sh", "2019-05-01", monkeypatch)

    seconds = int(datetime.fromisoformat(f"{believed}T00:00:00+00:00").timestamp())
    assert here.last_change(["a.txt"]) == (seconds, commit)


def test_since_when_is_not_known_of_paths_that_history_never_had(here: Branches):
    assert here.last_change(["b.txt"]) is None
