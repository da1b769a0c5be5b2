"""Fixtures of the tool's tests: checkouts, a cache, and the command line."""

import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.gitops.checkouts import (
    GIT_ENVIRONMENT,
    Checkout,
    copied,
    new_checkout,
    program_checkout,
)
from tests.gitops.commands import CommandLine


@pytest.fixture(autouse=True)
def git_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def first_checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return program_checkout(tmp_path_factory.mktemp("program") / "checkout")


@pytest.fixture(scope="session")
def first_repository(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    repository = new_checkout(tmp_path_factory.mktemp("small") / "repository")
    repository.write("file.txt", "one\n")
    repository.commit("First")
    repository.write("file.txt", "two\n")
    repository.commit("Second")
    return repository


@pytest.fixture
def repository(first_repository: Checkout, tmp_path: Path) -> Checkout:
    """A repository on main with the commits First and Second, of one small file."""
    return copied(first_repository, tmp_path / "repository")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same commit is rendered once for all tests that only need its rendering."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def checkout(first_checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout that the test may change; the test is in it."""
    own = copied(first_checkout, tmp_path / "checkout")
    monkeypatch.chdir(own.folder)
    return own


@pytest.fixture
def command_line(
    request: pytest.FixtureRequest,
    first_checkout: Checkout,
    shared_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Generator[CommandLine, None, None]:
    """The command line in the test's own checkout, or in the first one, which stays as it is."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    monkeypatch.setenv("COLUMNS", "100")
    if "checkout" not in request.fixturenames:
        monkeypatch.chdir(first_checkout.folder)
    monkeypatch.setattr(sys, "argv", ["localai-gitops"])
    yield CommandLine(monkeypatch=monkeypatch, capsys=capsys)
    signal.signal(signal.SIGINT, before)
