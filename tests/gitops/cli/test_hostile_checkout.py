"""`check` of a checkout that somebody filled to stop it: soon over, small, and nothing obeyed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.project import PROJECT, ROOT

# A bomb takes minutes; the figure is 1.4 s of processor, and half as much again on a busy machine.
SLOWEST_SECONDS, LARGEST_KIBIBYTES = 10.0, 300 * 1024
MODEL = (PROJECT / "models" / "qwen3-0.6b.yaml").read_bytes()
# What a file of `models/` may be, by its name.
FILES: dict[str, Callable[[Path], object]] = {
    "device": lambda path: path.symlink_to("/dev/zero"),
    "pipe": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
    "loop": lambda path: path.symlink_to(path),
    "memory": lambda path: path.symlink_to("/proc/self/mem"),
    "secret": lambda path: path.symlink_to("/etc/passwd"),
    "sparse": lambda path: (path.touch(), os.truncate(path, 1 << 40)),
    "brackets": lambda path: path.write_bytes(b"a: " + b"[" * 1_000_000),
    "braces": lambda path: path.write_bytes(b"a: " + b"{a: " * 250_000),
    "dashes": lambda path: path.write_bytes(b"a:\n" + b"- " * 500_000),
    "values": lambda path: path.write_bytes(MODEL + b"stopwords: [" + b"1," * 500_000 + b"]\n"),
    "wrong": lambda path: path.write_bytes(MODEL + b"stopwords: [" + b"1," * 50_000 + b"]\n"),
    "keys": lambda path: path.write_bytes(MODEL + b"".join(b"k%d: 1\n" % n for n in range(25_000))),
    "tag": lambda path: path.write_bytes(b"a: !" + b"x" * 1_000_000 + b" 1\n"),
    "anchor": lambda path: path.write_bytes(b"a: &" + b"x" * 1_000_000 + b" 1\n"),
    "long-key": lambda path: path.write_bytes(b"? " + b"k" * 1_000_000 + b"\n: 1\n"),
    "laughs": lambda path: path.write_bytes(b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
    "escapes": lambda path: path.write_bytes(b'"\\e[31m\\n1. do this": 1\n'),
    "password": lambda path: path.write_bytes(b"backend: https://user:hush@files.test/a\n"),
}
CHILD = """
import atexit, re, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
def tell():
    # Not from getrusage, which counts what the process that started this one had.
    memory = re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1]
    sys.stderr.write(f"{time.process_time()} {memory}")
atexit.register(tell)
from gitops.cli.main import main
main()
"""


def checkout(folder: Path) -> Path:
    """Return a checkout with a file for each of the above, and a stack file that is a list."""
    (folder / "models").mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copyfile(PROJECT / name, folder / name)
    for name, make in FILES.items():
        make(folder / "models" / f"{name}.yaml")
    return folder


@pytest.mark.thorough
def test_check_of_a_hostile_checkout_ends_soon_and_stays_small(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "check"], cwd=checkout(tmp_path), capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip
    seconds, kibibytes = map(float, done.stderr.split())
    lines = done.stdout.splitlines()

    assert done.returncode == 1
    assert {line.split(":")[0] for line in lines} == {f"models/{name}.yaml" for name in FILES}
    assert max(map(len, lines)) < 3000
    assert "".join(lines).isprintable()
    assert not re.search("root:|hush", done.stdout)
    assert seconds <= SLOWEST_SECONDS
    assert kibibytes <= LARGEST_KIBIBYTES
