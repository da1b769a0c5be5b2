from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.adapters.git import Git
from gitops.adapters.process import run
from gitops.planning.base import Base, choose_base
from tests.gitops.checkouts import Checkout, cloned, new_checkout


def choose(checkout: Checkout, wanted: str | None = None) -> Base:
    return choose_base(Git(folder=checkout.folder, run=run), wanted)


def test_a_branch_compares_with_where_it_left_main(repository: Checkout):
    fork = repository.head
    repository.git("switch", "--quiet", "--create", "change")
    repository.commit("On the branch")
    repository.git("switch", "--quiet", "main")
    repository.commit("Meanwhile on main")
    repository.git("switch", "--quiet", "change")
    assert choose(repository) == Base(commit=fork, words=f"{fork[:7]} Second")


def test_main_as_the_remote_has_it_is_where_a_branch_left(repository: Checkout, tmp_path: Path):
    clone = cloned(repository, tmp_path / "clone")
    fork = clone.head
    clone.commit("Not pushed yet")
    assert choose(clone).commit == fork


def test_a_dirty_main_compares_with_its_head(repository: Checkout):
    repository.write("models/new.yaml", "")
    assert choose(repository).commit == repository.head


def test_a_clean_main_compares_with_its_first_parent(repository: Checkout):
    parent = repository.head
    repository.git("switch", "--quiet", "--create", "change")
    repository.commit("On the branch")
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge", "change")
    base = choose(repository)
    assert base.commit == parent
    assert "Second (the parent of HEAD)" in base.words


def test_a_detached_head_on_main_compares_with_its_first_parent(repository: Checkout):
    parent = repository.git("rev-parse", "HEAD^")
    repository.git("switch", "--quiet", "--detach")
    assert choose(repository).commit == parent


def test_the_base_that_is_asked_for_is_taken(repository: Checkout):
    first = repository.git("rev-parse", "HEAD^")
    assert choose(repository, "HEAD^") == Base(commit=first, words=f"{first[:7]} First")


def test_an_unknown_base_is_refused_with_its_cure(repository: Checkout):
    with pytest.raises(
        RefusedError, match=r"--base mian: is not a commit in this repository; try `git fetch`"
    ):
        choose(repository, "mian")


def test_an_option_is_no_base(repository: Checkout):
    with pytest.raises(RefusedError):
        choose(repository, "--output=/tmp/x")


def test_none_compares_with_nothing(repository: Checkout):
    base = choose(repository, "none")
    assert base.commit is None
    assert "as asked" in base.words


def test_the_first_commit_compares_with_nothing(tmp_path: Path):
    checkout = new_checkout(tmp_path / "repository")
    checkout.commit("First")
    base = choose(checkout)
    assert base.commit is None
    assert "HEAD is the first commit" in base.words
    assert "unshallow" not in base.words


def test_a_repository_without_commits_compares_with_nothing(tmp_path: Path):
    base = choose(new_checkout(tmp_path / "repository"))
    assert base.commit is None
    assert "no commit yet" in base.words


def test_a_folder_without_git_compares_with_nothing(tmp_path: Path):
    base = choose(Checkout(folder=tmp_path))
    assert base.commit is None
    assert "not a Git repository" in base.words


def test_a_base_that_is_asked_for_needs_a_repository(tmp_path: Path):
    with pytest.raises(RefusedError, match="not a Git repository"):
        choose(Checkout(folder=tmp_path), "main")


def test_a_repository_without_a_main_branch_compares_with_its_head_or_parent(
    repository: Checkout,
):
    repository.git("branch", "--move", "change")
    assert choose(repository).commit == repository.git("rev-parse", "HEAD^")
    repository.write("models/new.yaml", "")
    assert choose(repository).commit == repository.head


def test_a_file_that_declares_nothing_leaves_the_base_as_it_is(repository: Checkout):
    base = choose(repository)
    repository.write("report.xml", "")
    assert choose(repository) == base


@pytest.mark.parametrize("name", ["report.xml", "file.txt", "models/new.yaml"])
def test_without_history_and_main_branch_head_is_never_its_own_base(
    repository: Checkout, tmp_path: Path, name: str
):
    repository.git("branch", "--move", "change")
    job = new_checkout(tmp_path / "job")
    job.git("fetch", "--quiet", "--depth=1", repository.folder.as_uri(), "change")
    job.git("checkout", "--quiet", "FETCH_HEAD")
    job.write(name, "")
    base = choose(job)
    assert base.commit is None
    assert "git fetch --unshallow, or --base" in base.words


def test_a_shallow_clone_says_that_history_is_cut(repository: Checkout, tmp_path: Path):
    shallow = cloned(repository, tmp_path / "shallow", "--depth=1")
    base = choose(shallow)
    assert base.commit is None
    assert "git fetch --unshallow" in base.words


def test_a_shallow_clone_says_why_it_does_not_know_a_base(repository: Checkout, tmp_path: Path):
    first = repository.git("rev-parse", "HEAD^")
    shallow = cloned(repository, tmp_path / "shallow", "--depth=1")
    with pytest.raises(RefusedError, match="git fetch --unshallow"):
        choose(shallow, first)


def test_a_shallow_branch_without_its_fork_says_that_history_is_cut(
    repository: Checkout, tmp_path: Path
):
    repository.git("switch", "--quiet", "--create", "change")
    repository.commit("On the branch")
    repository.git("switch", "--quiet", "main")
    repository.commit("Meanwhile on main")
    shallow = cloned(
        repository, tmp_path / "shallow", "--depth=1", "--no-single-branch", "--branch=change"
    )
    base = choose(shallow)
    assert base.commit is None
    assert "no common commit" in base.words
    assert "git fetch --unshallow" in base.words


def test_a_subject_cannot_steer_the_terminal(repository: Checkout):
    repository.commit("Red \x1b[31m alert")
    repository.write("models/dirty.yaml", "")
    words = choose(repository).words
    assert "\x1b" not in words
    assert "Red \\x1b[31m alert" in words
