import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain import cache
from sandbox.toolchain.cache import Means, cached, means
from sandbox.toolchain.go import GoError
from sandbox.toolchain.place import SpaceError
from sandbox.toolchain.releases import Download
from sandbox.toolchain.tools import TOOLS, Platform, Tool
from tests.sandbox.toolchain.release_server import AMD64, download, elf, serving, sha256

KWOK = next(tool for tool in TOOLS if tool.name == "kwok")
PROGRAM = elf()
FILES = {"kwok": PROGRAM, "SHA256SUMS": f"{sha256(PROGRAM)}  kwok\n".encode()}


@pytest.fixture(autouse=True)
def enough_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "BUILD_SPACE", 0)
    monkeypatch.setattr(cache, "DOWNLOAD_SPACE", 0)


def assemble(_: Tool, folder: Path) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "kwok").write_text("built")


def without_go(_: Tool, __: Path) -> None:
    raise GoError("Go is not there", "Install it")


def from_server(folder: Path, address: str) -> Means:
    def release(_: Tool, __: Platform) -> tuple[Download, ...]:
        return (download(address, "kwok", "bin/kwok"),)

    return Means(folder=folder, platform=AMD64, release=release, assemble=assemble)


def offline(folder: Path) -> Means:
    # Nobody listens on the port of discard.
    return from_server(folder, "http://127.0.0.1:9")


def had(of: Means, *, thorough: bool = False) -> tuple[Path, str]:
    lines: list[str] = []
    entry = cached(KWOK, of, lines.append, thorough=thorough)
    return entry, "".join(lines)


def test_a_release_is_downloaded_once(tmp_path: Path):
    with serving(FILES) as address:
        entry, told = had(from_server(tmp_path, address))
        assert (entry / "bin" / "kwok").read_bytes() == PROGRAM
        assert told == f"kwok {KWOK.version}: downloading ... done in 0 s\n"
        assert had(from_server(tmp_path, address)) == (entry, f"kwok {KWOK.version}: cached\n")


def test_without_a_network_the_tool_is_built_and_the_cause_is_told(tmp_path: Path):
    entry, told = had(offline(tmp_path))
    assert (entry / "bin" / "kwok").read_text() == "built"
    assert "127.0.0.1 does not give SHA256SUMS ([Errno 111] Connection refused)\n" in told
    assert told.endswith("building, 1 min the first time ... done in 0 s\n")


def test_what_was_built_is_used_before_a_release_is_tried(tmp_path: Path):
    built, _ = had(offline(tmp_path))
    with serving(FILES) as address:
        assert (
            had(replace(offline(tmp_path), release=from_server(tmp_path, address).release))[0]
            == built
        )


@pytest.mark.parametrize("short", ["kwok", "SHA256SUMS"])
def test_a_download_that_ends_early_leaves_nothing_and_is_built_instead(tmp_path: Path, short: str):
    with serving(FILES, short=short) as address:
        of = from_server(tmp_path, address)
        entry, told = had(of)
    assert entry == of.built(KWOK)
    assert ("cut short or changed" if short == "kwok" else "IncompleteRead") in told
    assert not of.released(KWOK).exists()


def test_a_platform_without_a_release_is_built(tmp_path: Path):
    def nothing(_: Tool, __: Platform) -> tuple[Download, ...]:
        return ()

    of = Means(folder=tmp_path, platform=AMD64, release=nothing, assemble=assemble)
    assert had(of)[0] == of.built(KWOK)


def test_neither_network_nor_go_is_told_with_both_causes(tmp_path: Path):
    of = replace(offline(tmp_path), assemble=without_go)
    with pytest.raises(GoError, match=r"does not give SHA256SUMS .*\. Go is not there\. Install"):
        had(of)


def test_a_cached_tool_needs_neither_network_nor_go(tmp_path: Path):
    entry, _ = had(offline(tmp_path))
    assert had(replace(offline(tmp_path), assemble=without_go))[0] == entry


def test_a_damaged_entry_is_told_and_made_again(tmp_path: Path):
    entry, _ = had(offline(tmp_path))
    (entry / "bin" / "kwok").write_text("b")
    again, told = had(offline(tmp_path))
    assert again == entry
    assert told.startswith(f"kwok {KWOK.version}: the cached copy is damaged\n")
    assert (entry / "bin" / "kwok").read_text() == "built"


def test_a_change_that_keeps_size_and_time_is_found_by_a_thorough_look(tmp_path: Path):
    entry, _ = had(offline(tmp_path))
    program = entry / "bin" / "kwok"
    kept = tmp_path / "kept"
    shutil.copy2(program, kept)
    program.write_text("BUILT")
    shutil.copystat(kept, program)
    assert "damaged" not in had(offline(tmp_path))[1]
    assert "damaged" in had(offline(tmp_path), thorough=True)[1]
    assert program.read_text() == "built"


def test_another_platform_never_shares_an_entry(tmp_path: Path):
    of = offline(tmp_path)
    arm = replace(of, platform=Platform(system="linux", architecture="arm64"))
    assert of.built(KWOK) != arm.built(KWOK)


def test_a_full_disk_is_no_reason_to_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "DOWNLOAD_SPACE", 10**18)
    with pytest.raises(SpaceError):
        had(offline(tmp_path))


def test_the_cache_follows_the_base_directory_rules():
    assert means({"XDG_CACHE_HOME": "/c"}).folder == Path("/c/localai-gitops/toolchain")
    assert means({}).folder == Path.home() / ".cache/localai-gitops/toolchain"
