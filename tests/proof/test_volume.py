"""What is found on a claim: bytes that are not the set's, engines, and what nobody declared."""

import hashlib
import os
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fetch.marker import Look, look, write_marker
from fetch.volume import Volume
from fetch.weight_set import set_digest
from proof.finding import Check, Finding, Verdict
from proof.volume import Content, Reading, on_volume

FILES = {f"{name}.gguf": b"GGUF" + name.encode() * 1000 for name in ("first", "second", "third")}
# As fast as can be, and in one order.
FAST = Reading(rate=1e12, sleep=lambda _: None, chance=random.Random(0))  # noqa: S311 (no secret)


def path_of(name: str) -> str:
    return f"weights/{hashlib.sha256(FILES[name]).hexdigest()}/{name}"


@pytest.fixture
def content(tmp_path: Path) -> Content:
    """A claim as the weights Job and the engines Job leave it."""
    root = tmp_path / "models"
    root.mkdir()
    volume, seen = Volume(root), dict[str, Look]()
    for name, data in FILES.items():
        with os.fdopen(volume.create(path_of(name)), "wb") as file:
            file.write(data)
            file.flush()
            seen[path_of(name)] = look(file.fileno())
    digest = set_digest(list(seen))
    write_marker(volume, digest, seen)
    engines = tmp_path / "engines" / "0123456789abcdef"
    (engines / "llama-cpp").mkdir(parents=True)
    (engines / "llama-cpp" / "run.sh").write_text("#!/bin/sh\n")
    return Content(
        root=str(root), digest=digest, engines_folder=str(engines), engines=("llama-cpp",),
        is_read=True,
    )  # fmt: skip


def found(content: Content, reading: Reading = FAST) -> tuple[Finding, ...]:
    return tuple(on_volume("chat", content, reading))


def told(content: Content, reading: Reading = FAST) -> list[tuple[str, str, str]]:
    """Return what fails; each with a cure."""
    bad = [one for one in found(content, reading) if one.verdict is Verdict.FAIL]
    assert all(one.cure for one in bad)
    return [(one.check, one.name, one.text) for one in bad]


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_a_claim_as_the_jobs_leave_it_passes(content: Content):
    assert [(one.check, one.verdict, one.text) for one in found(content)] == [
        (Check.DIGESTS, Verdict.PASS, "3 of 3 files were read, as their digests say"),
        (Check.ENGINES, Verdict.PASS,
         "llama-cpp on the volume, in the folder of the pinned images"),
        (Check.ADDED, Verdict.PASS, "nothing"),
    ]  # fmt: skip


def test_each_single_byte_that_is_another_is_found_also_without_a_trace(content: Content):
    file = Path(content.root) / path_of("second.gguf")
    before = file.stat()
    for place in range(0, len(FILES["second.gguf"]), 97):
        data = bytearray(FILES["second.gguf"])
        data[place] ^= 1
        with file.open("r+b") as opened:
            opened.write(data)
        # As rot does it: nothing but the bytes is another.
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        ((check, name, text),) = told(content)
        assert (check, name) == (Check.DIGESTS, "second.gguf")
        assert "its SHA-256 is" in text


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def linked(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


SPOILED: Mapping[str, tuple[object, str]] = {
    "missing": (Path.unlink, "is not on the volume"),
    "cut": (cut, "has 5003 bytes, not 5004"),
    "a link": (linked, "is not on the volume"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_file_that_is_not_whole_fails_and_no_other(content: Content, name: str):
    spoil, words = SPOILED[name]
    assert callable(spoil)
    spoil(Path(content.root) / path_of("third.gguf"))
    (one,) = [one for one in told(content) if one[0] == Check.DIGESTS]
    assert one[1:] == ("third.gguf", words)


def test_a_set_without_its_marker_is_not_there(content: Content):
    (Path(content.root) / ".sets" / f"{content.digest}.json").write_text("{}")
    ((check, _, text),) = told(content)
    assert (check, text) == (
        Check.DIGESTS, f"the volume does not hold the set {str(content.digest)[:12]}"
    )  # fmt: skip


def test_time_that_ends_leaves_only_what_is_unchanged_unread(content: Content):
    late = replace(FAST, seconds=0, clock=lambda: 0.0)
    file = Path(content.root) / path_of("first.gguf")
    file.write_bytes(FILES["first.gguf"])
    (digests,) = [one for one in found(content, late) if one.check is Check.DIGESTS]
    assert digests.text == (
        "1 of 3 files were read, as their digests say, 2 unchanged since they were hashed"
    )
    file.write_bytes(FILES["first.gguf"][:-1] + b"!")
    assert [name for _, name, _ in told(content, late)] == ["first.gguf"]


def test_files_are_read_no_faster_than_others_next_to_it_bear(content: Content):
    waits: list[float] = []
    slow = replace(FAST, rate=1000.0, clock=lambda: 0.0, sleep=waits.append)
    assert told(content, slow) == []
    assert sum(waits) == pytest.approx(sum(map(len, FILES.values())) / 1000)


@pytest.mark.parametrize("name", ["gemma.gguf", "gemma.yaml", "folder/gemma.yaml", "weights/loose"])
def test_what_was_put_next_to_the_weights_is_listed(content: Content, name: str):
    write(Path(content.root) / name, b"name: gemma")
    ((check, place, text),) = told(content)
    shown = name.partition("/")[0] if name.startswith("folder") else name
    assert (check, place, text) == (Check.ADDED, "models", f"nobody declared '{shown}'")


def test_what_no_server_reads_is_told_and_does_not_fail(content: Content):
    write(Path(content.root) / "gemma.gguf", b"GGUF")
    copied = replace(content, is_read=False)
    assert told(copied) == []
    assert found(copied)[-1].text == "nobody declared 'gemma.gguf'; no server reads it"


def test_sets_of_other_pools_and_of_earlier_releases_are_nothing_that_was_added(content: Content):
    write(Path(content.root) / "weights" / ("0" * 64) / "old.gguf", b"GGUF")
    write(Path(content.root) / ".sets" / f"{'1' * 64}.json", b"{}")
    assert told(content) == []


def test_names_that_a_terminal_would_obey_are_shown_and_not_more_than_ten(content: Content):
    for number in range(12):
        write(Path(content.root) / f"\x1b[2J{number:02}{'x' * 100}", b"")
    ((_, _, text),) = told(content)
    assert "\x1b" not in text
    assert "'\\x1b[2J09" in text
    assert text.endswith(", and 2 more")


def test_engines_are_those_that_were_declared(content: Content):
    folder = Path(str(content.engines_folder))
    write(folder / "whisper" / "run.sh", b"")
    write(folder / "metadata.json", b"{}")
    assert told(content) == [(Check.ADDED, "engines", "were installed by hand: 'whisper'")]
    (folder / "llama-cpp" / "run.sh").unlink()
    (folder / "whisper" / "run.sh").unlink()
    assert told(content) == [(Check.ENGINES, "", "the volume does not have llama-cpp")]
