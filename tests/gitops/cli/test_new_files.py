from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.cli.new_files import write_new

FILES = {"a.yaml": "a\n", "models/b.yaml": "b\n"}


def there(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_files_are_written_and_nothing_else_is_left(tmp_path: Path):
    assert write_new(tmp_path, FILES, force=False) == tuple(FILES)
    assert there(tmp_path) == FILES


def test_a_file_that_is_there_is_not_overwritten_and_no_other_is_written(tmp_path: Path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "b.yaml").write_text("mine\n")

    with pytest.raises(RefusedError, match=r"models/b.yaml: is there already.*--force"):
        write_new(tmp_path, FILES, force=False)
    assert there(tmp_path) == {"models/b.yaml": "mine\n"}


def test_the_same_content_is_no_clash(tmp_path: Path):
    write_new(tmp_path, FILES, force=False)

    assert write_new(tmp_path, FILES, force=False) == tuple(FILES)


def test_force_overwrites(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("mine\n")

    write_new(tmp_path, FILES, force=True)

    assert there(tmp_path) == FILES


def test_when_one_file_cannot_be_written_the_others_are_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "a.yaml").write_text("mine\n")

    def fail(draft: Path, path: Path) -> None:
        if path.name == "b.yaml":
            raise OSError(28, "No space left on device", str(path))
        draft.rename(path)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match=r"b\.yaml"):
        write_new(tmp_path, FILES, force=True)
    assert there(tmp_path) == {"a.yaml": "mine\n"}


@pytest.mark.parametrize("force", [True, False])
def test_what_is_no_file_is_never_overwritten(tmp_path: Path, *, force: bool):
    (tmp_path / "models" / "b.yaml").mkdir(parents=True)

    with pytest.raises(RefusedError, match=r"models/b\.yaml: is there already"):
        write_new(tmp_path, FILES, force=force)
    assert there(tmp_path) == {}
