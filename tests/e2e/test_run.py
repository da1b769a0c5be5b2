"""`sandbox run`: one command to an answered request, and nothing left after Ctrl-C."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.cluster import netns
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down
from sandbox.toolchain import ensure
from tests.support.project import ROOT, write_project

pytestmark = pytest.mark.e2e


@contextmanager
def run(folder: Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    name = f"run-{os.getpid()}"
    project = write_project(folder / "project", [])
    argv = [
        # A suite that was started in the background hands down a Ctrl-C that is ignored.
        "env",
        "--default-signal=INT",
        sys.executable,
        "-m",
        "sandbox",
        "run",
        "dev",
        "--name",
        name,
        "--project",
        str(project),
    ]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, name
        finally:
            process.kill()
            down(layout(name))


def test_a_stack_answers_to_the_commands_that_are_printed_and_is_gone_after_ctrl_c(
    tmp_path: Path,
) -> None:
    with run(tmp_path) as (process, name):
        assert process.stdout
        lines = [process.stdout.readline().rstrip("\n") for _ in range(6)]
        kubectl, curl = lines[-2:]
        shown = subprocess.run(
            [ensure(("kubernetes",)).program("kubectl"), *shlex.split(kubectl)[1:]],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        answered = subprocess.run(
            shlex.split(curl), capture_output=True, text=True, check=True
        ).stdout
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=120)
        places = layout(name)
        left = netns.exists(places.netns), places.root.exists()

    assert "localai-chat" in shown
    answer = json.loads(answered)
    assert answer["choices"][0]["message"]["content"] == " Paris"
    assert (code, left) == (0, (False, False))
