import os
from pathlib import Path

import pytest

from sandbox.toolchain.place import is_whole, write_record


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "program").write_text("content")
    (tmp_path / "bin" / "other").symlink_to("program")
    write_record(tmp_path)
    return tmp_path


def test_an_entry_as_it_was_built_is_whole(entry: Path):
    assert is_whole(entry)


def test_a_changed_byte_is_seen(entry: Path):
    (entry / "bin" / "program").write_text("c0ntent")
    assert not is_whole(entry)


def test_a_file_cut_short_is_seen(entry: Path):
    (entry / "bin" / "program").write_text("con")
    assert not is_whole(entry)


def test_a_missing_file_is_seen(entry: Path):
    (entry / "bin" / "program").unlink()
    assert not is_whole(entry)


def test_a_restored_file_with_another_time_is_still_whole(entry: Path):
    os.utime(entry / "bin" / "program", (1, 1))
    assert is_whole(entry)


def test_a_missing_link_is_seen(entry: Path):
    (entry / "bin" / "other").unlink()
    assert not is_whole(entry)


def test_a_link_to_another_place_is_seen(entry: Path):
    (entry / "bin" / "other").unlink()
    (entry / "bin" / "other").symlink_to("/bin/sh")
    assert not is_whole(entry)


def test_a_thorough_look_reads_what_seems_unchanged(entry: Path):
    program = entry / "bin" / "program"
    before = program.stat()
    program.write_text("c0ntent")
    os.utime(program, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert is_whole(entry)
    assert not is_whole(entry, thorough=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"bin/program": {"size": 1}}'])
def test_an_unreadable_record_means_not_whole(entry: Path, text: str):
    (entry / "files.json").write_text(text)
    assert not is_whole(entry)


def test_an_entry_that_does_not_exist_is_not_whole(tmp_path: Path):
    assert not is_whole(tmp_path / "nothing")
