"""The command line beside a registry that answers."""

import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.gitops.commands import CommandLine
from tests.gitops.mlflow import PASSWORD, USER, Service, mlflow


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    """A registry, whose address and login are in the variables that MLflow's clients read."""
    with mlflow() as found:
        for name, value in (("URI", found.address), ("USERNAME", USER), ("PASSWORD", PASSWORD)):
            monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
        yield found


@pytest.fixture
def command_line(
    tmp_path: Path,
    there: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Generator[CommandLine]:
    """The command line in a folder that is no checkout."""
    del there
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sys, "argv", ["localai-gitops"])
    monkeypatch.chdir(tmp_path)
    yield CommandLine(monkeypatch=monkeypatch, capsys=capsys)
    signal.signal(signal.SIGINT, before)
