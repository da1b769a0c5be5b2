import errno
from pathlib import Path

import pytest

from sandbox.cluster.lifecycle import SPACE, StateError, check_space, check_visible, writing


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path):
    check_space(tmp_path, SPACE)
    with pytest.raises(StateError, match=r"needs 500 MB of disk.*XDG_STATE_HOME"):
        check_space(tmp_path, SPACE - 1)


def test_a_folder_that_the_programs_could_not_see_is_refused():
    check_visible([Path("/home/a"), Path("/running")])
    with pytest.raises(StateError, match=r"not /run/cache.*elsewhere"):
        check_visible([Path("/home/a"), Path("/run/cache")])


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "localai-gitops" / "sandbox"
    refused = pytest.raises(StateError, match=r"file.* cannot be written: Not a directory")
    with refused, writing(folder):
        folder.mkdir(parents=True)


def test_a_file_system_that_is_read_only_is_told(tmp_path: Path):
    with pytest.raises(StateError, match=r"Read-only.*XDG_STATE_HOME"), writing(tmp_path / "a"):
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path))


def test_an_error_about_another_file_stays_what_it_is(tmp_path: Path):
    with pytest.raises(FileNotFoundError), writing(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "No such file", "/elsewhere/tool")
