"""Fixtures of the tool's tests: checkouts, a cache, and the command line."""

import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.gitops.checkouts import GIT_ENVIRONMENT, Checkout, copied, program_checkout
from tests.gitops.commands import CommandLine


@pytest.fixture(autouse=True)
def git_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def first_checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return program_checkout(tmp_path_factory.mktemp("program") / "checkout")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same commit is rendered once for all tests that only need its rendering."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def checkout(first_checkout: Checkout, tmp_path: Path) -> Checkout:
    return copied(first_checkout, tmp_path / "checkout")


@pytest.fixture
def command_line(
    checkout: Checkout,
    shared_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Generator[CommandLine, None, None]:
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(checkout.folder)
    monkeypatch.setattr(sys, "argv", ["localai-gitops"])
    yield CommandLine(monkeypatch=monkeypatch, capsys=capsys)
    signal.signal(signal.SIGINT, before)
