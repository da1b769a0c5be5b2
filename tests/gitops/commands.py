"""Runs the command line: in this process where that is enough, else as people do."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops.cli.main import main


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended: its exit code, its results and its messages."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """The command line in this process, in the folder the test is in."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Ended:
        """Run one command."""
        self.monkeypatch.setattr(sys, "argv", ["localai-gitops", *arguments])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self.capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Ended(code=code, out=printed.out, err=printed.err)


def started(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Return a command that runs as a process of its own, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "gitops", *arguments], cwd=folder, text=True, encoding="utf-8",
        env={**os.environ, **(environment or {})}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
    """Run one command as a process of its own."""
    process = started(folder, *arguments, environment=environment)
    out, err = process.communicate(timeout=60)
    return Ended(code=process.returncode, out=out, err=err)
