import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from gitops.adapters.git import Git, GitError
from gitops.adapters.process import Finished, MissingProgramError, run
from tests.gitops.checkouts import Checkout


def git(checkout: Checkout) -> Git:
    return Git(folder=checkout.folder, run=run)


@pytest.mark.parametrize("inside", [".", "infra/ai"])
def test_a_folder_of_a_work_tree_is_in_a_repository(repository: Checkout, inside: str):
    repository.write("infra/ai/file.txt", "")
    assert Git(folder=repository.folder / inside, run=run).is_repository()


def test_inside_a_work_tree_paths_are_those_below_the_folder(repository: Checkout, tmp_path: Path):
    repository.write("infra/ai/own.txt", "one\n")
    repository.commit("Third")
    inside = Git(folder=repository.folder / "infra" / "ai", run=run)
    repository.write("file.txt", "changed\n")
    assert inside.is_clean(("new.txt",))
    repository.write("infra/ai/own.txt", "two\n")
    assert not inside.is_clean(("new.txt",))
    assert [one.path for one in inside.tree("HEAD")] == ["own.txt"]
    assert [*inside.changed("HEAD", lambda _: True)] == ["own.txt"]
    inside.extract("HEAD", tmp_path)
    assert (tmp_path / "own.txt").read_text(encoding="utf-8") == "one\n"


def test_a_folder_without_git_is_none(tmp_path: Path):
    assert not Git(folder=tmp_path, run=run).is_repository()


def absent(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
) -> Finished:
    raise MissingProgramError(f"{command[0]} in {folder} with {environment}", str(given))


def test_a_folder_that_is_in_no_repository_needs_no_git_to_say_so(tmp_path: Path):
    assert not Git(folder=tmp_path, run=absent).is_repository()


@pytest.mark.parametrize("inside", [".", "infra/ai"])
def test_a_repository_is_not_taken_for_none_where_git_is_missing(repository: Checkout, inside: str):
    repository.write("infra/ai/file.txt", "")
    with pytest.raises(MissingProgramError):
        Git(folder=repository.folder / inside, run=absent).is_repository()


def test_a_reference_is_its_commit(repository: Checkout):
    repository.git("tag", "--annotate", "v1", "--message", "One")
    assert git(repository).commit("v1") == repository.head


@pytest.mark.parametrize("reference", ["nowhere", "", "--all", "HEAD:file.txt", "a b", "HEAD~9"])
def test_what_names_no_commit_is_none(repository: Checkout, reference: str):
    assert git(repository).commit(reference) is None


def test_the_remote_says_which_branch_is_the_main_one(repository: Checkout):
    repository.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert git(repository).default_branch() == "refs/remotes/origin/trunk"


@pytest.mark.parametrize("branch", ["main", "master"])
def test_without_a_remote_the_usual_names_are_the_main_branch(repository: Checkout, branch: str):
    repository.git("branch", "--move", branch)
    assert git(repository).default_branch() == f"refs/heads/{branch}"


def test_a_branch_of_another_name_is_not_the_main_one(repository: Checkout):
    repository.git("branch", "--move", "change")
    assert git(repository).default_branch() is None


@pytest.mark.parametrize("name", ["file.txt", "new.txt"])
def test_a_changed_or_a_new_file_makes_the_tree_dirty(repository: Checkout, name: str):
    assert git(repository).is_clean()
    repository.write(name, "three\n")
    assert not git(repository).is_clean()


def test_extracted_files_are_those_of_the_commit_and_git_keeps_no_trace(
    repository: Checkout, tmp_path: Path
):
    first = repository.git("rev-parse", "HEAD^")
    before = repository.private_files()
    git(repository).extract(first, tmp_path)
    assert (tmp_path / "file.txt").read_text(encoding="utf-8") == "one\n"
    assert repository.private_files() == before


def test_an_unknown_commit_cannot_be_extracted(repository: Checkout, tmp_path: Path):
    with pytest.raises(GitError, match="fatal"):
        git(repository).extract("0" * 40, tmp_path)


def test_a_subject_is_short_name_and_words(repository: Checkout):
    assert git(repository).subject(repository.head) == f"{repository.head[:7]} Second"


def changed(checkout: Checkout) -> set[str]:
    return set(git(checkout).changed(checkout.head, lambda one: one.path != ".gitignore"))


def test_what_is_written_deleted_or_added_here_is_changed(repository: Checkout):
    repository.write("deleted.py", "")
    repository.write("kept.py", "a\nb\n")
    repository.commit("Third")
    assert changed(repository) == set()
    repository.write("file.txt", "other\n")
    repository.write("new.py", "")
    (repository.folder / "deleted.py").unlink()
    assert changed(repository) == {"file.txt", "new.py", "deleted.py"}
    repository.git("add", "--all")
    assert changed(repository) == {"file.txt", "new.py", "deleted.py"}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_no_mark_of_the_index_hides_a_change(repository: Checkout, flag: str):
    repository.git("update-index", flag, "file.txt")
    repository.write("file.txt", "other\n")
    assert changed(repository) == {"file.txt"}


def test_no_rule_hides_a_file_that_git_knows(repository: Checkout):
    repository.write(".gitignore", "*.py\n")
    repository.write("hidden.py", "")
    assert changed(repository) == set()
    repository.git("add", "--force", "hidden.py")
    assert changed(repository) == {"hidden.py"}


def test_line_ends_alone_are_no_change(repository: Checkout):
    (repository.folder / "file.txt").write_bytes(b"two\r\n")
    assert changed(repository) == set()
    (repository.folder / "file.txt").write_bytes(b"two\r")
    assert changed(repository) == {"file.txt"}


@pytest.mark.parametrize("what", ["fifo", "folder", "link", "device", "nothing"])
def test_what_is_no_longer_a_file_is_changed_and_not_read(repository: Checkout, what: str):
    path = repository.folder / "file.txt"
    path.unlink()
    if what == "fifo":
        os.mkfifo(path)
    if what == "folder":
        path.mkdir()
    if what in ("link", "device"):
        path.symlink_to("two\n" if what == "link" else "/dev/zero")
    assert changed(repository) == {"file.txt"}


def test_a_link_and_a_module_are_what_they_lead_to(repository: Checkout):
    link = repository.folder / "link"
    link.symlink_to("file.txt")
    repository.git("add", "link")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{repository.head},module")
    repository.git("commit", "--quiet", "--message", "Third")
    (repository.folder / "module").mkdir()
    assert changed(repository) == set()
    link.unlink()
    link.symlink_to("other.txt")
    repository.git("update-index", "--cacheinfo", f"160000,{repository.head},module")
    assert changed(repository) == {"link", "module"}
