"""A file is read where it is one, lies where it belongs, and is no larger than expected."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from documents.files import declared_bytes, given_bytes, given_text
from documents.problem import RefusedError

MOST = 1000


def _outside(path: Path) -> None:
    other = path.parents[1] / "other"
    other.write_bytes(b"hush: 1\n")
    path.symlink_to(other)


def _credentials(path: Path) -> None:
    (path.parent / ".git").mkdir()
    (path.parent / ".git" / "config").write_text("hush")
    path.symlink_to(path.parent / ".git" / "config")


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may be no longer than 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


# How a file can be something else, or lead to it, and what is said then.
FOUND: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pipe": (lambda path: os.mkfifo(path), "is a pipe, not a file"),
    "a folder": (lambda path: path.mkdir(), "is a folder, not a file"),
    "a socket": (_socket, "is a socket, not a file"),
    "nothing": (lambda _: None, "cannot be read: No such file"),
    "a terabyte of nothing": (_sparse, "is longer than 1000 bytes"),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read: "),
    "a link to nothing": (lambda path: path.symlink_to(path.parent / "b"), "cannot be read: No"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "is a link out of"),
    "a link to a process": (lambda path: path.symlink_to("/proc/self/environ"), "is a link out of"),
    "a link to a neighbor": (_outside, "is a link out of this folder"),
    "a link into .git": (_credentials, "is a link out of this folder"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kind", FOUND)
def test_what_is_no_file_of_the_folder_is_refused_with_its_name(kind: str, folder: Path):
    make, cause = FOUND[kind]
    make(folder / "a.yaml")

    with pytest.raises(RefusedError) as caught:
        declared_bytes(folder, "a.yaml", most=MOST)

    assert str(caught.value).startswith(f"a.yaml: {cause}")
    assert "; " in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("size", [0, 1, MOST])
def test_a_file_is_read_whole_up_to_the_most_it_may_hold(size: int, folder: Path):
    (folder / "a").write_bytes(b"x" * size)

    assert declared_bytes(folder, "a", most=MOST) == b"x" * size


def test_a_link_that_stays_in_the_folder_is_followed(folder: Path):
    (folder / "sub").mkdir()
    (folder / "a").write_bytes(b"1")
    (folder / "sub" / "b").symlink_to("../a")

    assert declared_bytes(folder, "sub/b", most=MOST) == b"1"


def test_a_folder_that_is_itself_reached_by_a_link_is_one(folder: Path, tmp_path: Path):
    (folder / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to(folder)

    assert declared_bytes(tmp_path / "link", "a", most=MOST) == b"1"


def test_a_name_that_leaves_the_folder_is_refused(folder: Path):
    (folder.parent / "a").write_bytes(b"1")

    with pytest.raises(RefusedError, match="is a link out of"):
        declared_bytes(folder, "../a", most=MOST)


def test_a_file_that_a_person_named_may_lie_anywhere(folder: Path):
    _outside(folder / "a")

    assert given_bytes(folder / "a", most=MOST) == b"hush: 1\n"


def test_a_device_that_a_person_named_is_refused():
    with pytest.raises(RefusedError, match=r"^/dev/zero: is a device, not a file"):
        given_bytes(Path("/dev/zero"), most=MOST)


def test_text_is_read_without_its_mark_and_other_bytes_are_refused(folder: Path):
    (folder / "a").write_bytes(b"\xef\xbb\xbfa")
    (folder / "b").write_bytes(b"\xff")

    assert given_text(folder / "a", most=MOST) == "a"
    with pytest.raises(RefusedError, match="b: is not UTF-8; save it as UTF-8"):
        given_text(folder / "b", most=MOST)
