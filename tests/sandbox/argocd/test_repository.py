from pathlib import Path

import pytest

from sandbox.argocd.application import Repository, RepositoryError, new_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "deep" / "repository")


def test_a_commit_holds_all_that_lies_there(repository: Repository):
    (repository.path / "a").write_text("one")
    first = repository.commit("Add a")
    (repository.path / "a").unlink()
    (repository.path / "b").write_text("two")
    second = repository.commit("Replace it")
    assert repository.git("ls-tree", "--name-only", first).split() == ["a"]
    assert repository.git("ls-tree", "--name-only", second).split() == ["b"]


def test_commits_are_on_main(repository: Repository):
    assert repository.commit("Begin") == repository.git("rev-parse", "main").strip()


def test_a_commit_without_a_change_is_a_revision_too(repository: Repository):
    assert repository.commit("Begin") != repository.commit("Say it again")


def test_git_settings_of_the_machine_do_not_matter(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / ".gitconfig").write_text("[commit]\ngpgsign = true\n[core]\nhooksPath = /none\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert repository.commit("Begin")


def test_a_refusal_has_gits_words_and_the_folder(repository: Repository):
    with pytest.raises(RepositoryError, match="unknown revision") as refusal:
        repository.git("rev-parse", "nothing")
    assert str(repository.path) in str(refusal.value)
