"""A sandbox of fake nodes and a stand-in plugin beside it, one of each for all contract tests."""

import itertools
import os
from collections.abc import Callable, Generator

import pytest

from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.sandbox import Sandbox
from sandbox.plugins.settings import SETTLE_SECONDS, SETTLE_VARIABLE
from tests.e2e.contract.client import Plugin, plugin
from tests.e2e.contract.objects import NAMESPACE

COUNTER = itertools.count()


@pytest.fixture(scope="session")
def sandbox() -> Generator[Sandbox]:
    # A run that was killed leaves its cluster, whose objects must not meet those of this one.
    places = layout(f"contract-{os.getpid()}")
    try:
        running = up(places)
        running.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
        yield running
    finally:
        down(places)


@pytest.fixture(scope="session")
def running(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[Plugin]:
    with plugin(sandbox, tmp_path_factory.mktemp("plugin")) as started:
        yield started


@pytest.fixture(scope="session")
def unhurried(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[Plugin]:
    """Start a plugin whose endpoints settle as long as the official one's."""
    real = {SETTLE_VARIABLE: str(SETTLE_SECONDS)}
    with plugin(sandbox, tmp_path_factory.mktemp("unhurried"), **real) as started:
        yield started


@pytest.fixture
def provider(running: Plugin) -> Plugin:
    running.configure()
    return running


@pytest.fixture
def name() -> str:
    return f"it-{next(COUNTER)}"


@pytest.fixture
def kubectl(sandbox: Sandbox) -> Callable[..., str]:
    return lambda *words: sandbox.kubectl(f"--namespace={NAMESPACE}", *words)
