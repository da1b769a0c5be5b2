from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.cli.root import cache, cache_folder, checkout


def test_a_folder_with_the_project_file_is_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "Pulumi.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert checkout() == tmp_path


def test_a_folder_below_is_in_the_nearest_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    below = tmp_path / "infra" / "ai" / "models"
    below.mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").touch()
    monkeypatch.chdir(below)
    assert checkout() == tmp_path
    (tmp_path / "infra" / "ai" / "Pulumi.yaml").touch()
    assert checkout() == tmp_path / "infra" / "ai"


def test_any_other_folder_is_refused_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RefusedError, match="run the command inside the checkout"):
        checkout()


def test_the_cache_is_where_the_person_keeps_caches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/localai-gitops")


@pytest.mark.parametrize("value", ["", None, "relative", "./here"])
def test_without_a_place_the_cache_is_in_the_home(
    value: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", "/home/somebody")
    if value is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert cache_folder() == Path("/home/somebody/.cache/localai-gitops")


def test_where_no_cache_can_be_written_a_run_has_one_of_its_own_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with cache("bases") as folder:
        (folder / "kept").touch()
    assert not folder.exists()
    (note,) = capsys.readouterr().err.splitlines()
    assert (
        note == "note: the cache cannot be written (Not a directory): nothing is kept of this run"
    )


def test_a_person_without_a_home_gets_one_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with cache("bases") as folder:
        assert folder.is_dir()
    assert "home directory" in capsys.readouterr().err
