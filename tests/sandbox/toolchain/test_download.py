import os
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain.fetch import FetchError, lay
from tests.sandbox.toolchain.release_server import (
    AMD64,
    archive,
    download,
    elf,
    serving,
    sha256,
)


def served(**files: bytes) -> dict[str, bytes]:
    sums = "".join(f"{sha256(content)}  {name}\n" for name, content in files.items())
    return {**files, "SHA256SUMS": sums.encode()}


def test_a_single_file_becomes_a_program(tmp_path: Path):
    with serving(served(tool=elf())) as address:
        lay([download(address, "tool", "bin/tool")], tmp_path, AMD64)
    assert os.access(tmp_path / "bin" / "tool", os.X_OK)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_only_the_named_members_of_an_archive_are_kept(tmp_path: Path):
    packed = archive({"p/one": elf(), "p/two": b"#!/bin/sh\n", "p/../../three": b"x"})
    with serving(served(tools=packed)) as address:
        lay([download(address, "tools", "bin/one", "bin/two", inside="p")], tmp_path, AMD64)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bin", "one", "two"]


def test_a_side_file_whose_digest_is_known_needs_no_list(tmp_path: Path):
    with serving({"stage": b"stage", "SHA256SUMS": b"", "tool": elf()}) as address:
        stage = replace(
            download(address, "stage", "share/stage"), digests="", sha256=sha256(b"stage")
        )
        tool = replace(download(address, "tool", "bin/tool"), digests="", sha256=sha256(elf()))
        lay([stage, tool], tmp_path, AMD64)
    assert (tmp_path / "share" / "stage").stat().st_mode & 0o777 == 0o644


def test_a_program_for_another_machine_is_refused(tmp_path: Path):
    with (
        serving(served(tool=elf(183))) as address,
        pytest.raises(FetchError, match=r"tool is for linux/arm64, and this machine is linux/amd"),
    ):
        lay([download(address, "tool", "bin/tool")], tmp_path, AMD64)


@pytest.mark.parametrize(
    "content", [archive({"p/other": b""}), b"no archive", b""], ids=["other", "none", "empty"]
)
def test_an_archive_without_the_program_is_refused(tmp_path: Path, content: bytes):
    with serving(served(tools=content)) as address, pytest.raises(FetchError, match="hold p/tool"):
        lay([download(address, "tools", "bin/tool", inside="p")], tmp_path, AMD64)


def test_nothing_large_is_fetched_before_every_digest_is_known(tmp_path: Path):
    with serving(served(tool=elf())) as address, pytest.raises(FetchError, match="no digest"):
        lay(
            [download(address, "tool", "bin/tool"), download(address, "other", "bin/other")],
            tmp_path,
            AMD64,
        )
    assert list(tmp_path.iterdir()) == []
