"""One run brings several sets; a set is copied to a pod's own volume, checked byte by byte."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.fetch.volume import PLAIN, PROGRAM, ROOT, Volume, declared, gguf
from tests.fetch.weight_server import Answer


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the script to its end."""
    done = subprocess.run(
        [*PROGRAM, *words],
        capture_output=True, text=True, env=PLAIN, cwd=ROOT, timeout=20, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def second_set(volume: Volume, *entries: dict[str, object]) -> Path:
    """Write a further set beside the first."""
    path = volume.set.with_name("other.json")
    path.write_text(declared(*entries))
    return path


def digest_of(path: Path) -> str:
    return json.loads(path.read_text())["digest"]


def copy(volume: Volume, target: Path) -> subprocess.CompletedProcess[str]:
    return run("copy", "--digest", volume.digest, "--root", str(volume.root), "--to", str(target))


def test_several_sets_are_fetched_in_one_run_each_file_once(volume: Volume):
    shared, first, second = (volume.entry(f"{n}.gguf", gguf(100, n)) for n in "abc")
    volume.declare(shared, first)
    other = second_set(volume, shared, second)
    done = volume.fetch("--set", str(other))
    assert done.returncode == 0, done.stderr
    assert [one.path for one in volume.server.seen] == ["/a.gguf", "/b.gguf", "/c.gguf"]
    for digest in (volume.digest, digest_of(other)):
        assert run("check", "--digest", digest, "--root", str(volume.root)).returncode == 0


def test_a_set_that_fails_leaves_the_ones_before_it_whole(volume: Volume):
    first, second = volume.entry("a.gguf", gguf(100)), volume.entry("b.gguf", gguf(101))
    volume.declare(first)
    volume.server.answers["/b.gguf"].append(Answer(status=404))
    other = second_set(volume, second)
    assert volume.fetch("--set", str(other)).returncode == 3
    assert volume.run("check").returncode == 0
    assert run("check", "--digest", digest_of(other), "--root", str(volume.root)).returncode == 1


def test_the_space_of_all_sets_is_looked_at_before_the_first_is_fetched(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    huge = volume.entry("b.gguf", gguf(101)) | {"size": 10**13, "about": 10**13}
    done = volume.fetch("--set", str(second_set(volume, huge)))
    assert (done.returncode, "bytes are missing" in done.stderr) == (1, True)
    assert volume.server.seen == []


@pytest.mark.parametrize("content", [b"", None])
def test_a_file_of_an_image_is_there_or_the_check_says_which_is_not(
    tmp_path: Path, content: bytes | None
):
    file = tmp_path / "a.gguf"
    if content is not None:
        file.write_bytes(content)
    done = run("check", "--file", str(file))
    assert (done.returncode, str(file) in done.stderr) == (1, True)
    file.write_bytes(b"GGUF")
    assert run("check", "--file", str(file)).returncode == 0


def test_a_copied_set_is_whole_and_marked(volume: Volume, tmp_path: Path):
    first, second = volume.entry("a.gguf", gguf(9_000_000)), volume.entry("b.gguf", gguf(70))
    volume.declare(first, second)
    assert volume.fetch().returncode == 0
    target = tmp_path / "cache"
    done = copy(volume, target)
    assert done.returncode == 0, done.stderr
    for entry in (first, second):
        found = (target / str(entry["path"])).read_bytes()
        assert hashlib.sha256(found).hexdigest() == entry["sha256"]
    assert run("check", "--digest", volume.digest, "--root", str(target)).returncode == 0
    again = copy(volume, target)
    assert (again.returncode, "copying" in again.stdout) == (0, False)


def test_a_file_that_rotted_on_the_claim_is_not_served_from_the_copy(
    volume: Volume, tmp_path: Path
):
    entry = volume.entry("a.gguf", gguf(500))
    volume.declare(entry)
    assert volume.fetch().returncode == 0
    volume.path(entry).write_bytes(gguf(500, "other"))
    done = copy(volume, tmp_path / "cache")
    assert (done.returncode, "has rotted" in done.stderr) == (3, True)
    assert not (tmp_path / "cache" / "weights" / str(entry["sha256"])).exists()


def test_a_claim_without_the_set_is_not_copied(volume: Volume, tmp_path: Path):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    done = copy(volume, tmp_path / "cache")
    assert (done.returncode, "run the weights Job again" in done.stderr) == (1, True)
