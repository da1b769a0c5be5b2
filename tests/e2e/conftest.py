"""For live tests: one cluster for all of a worker, and endpoints that settle soon."""

import os
from collections.abc import Generator

import pytest

from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.sandbox import Sandbox
from sandbox.plugins.settings import SETTLE_VARIABLE
from tests.e2e.registry.server import Model, Registry, registry, trained


@pytest.fixture(scope="session", autouse=True)
def settles_soon() -> Generator[None]:
    """Let endpoints settle in a second: each `up` would else take ten more, as in real life."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTLE_VARIABLE, "1")
        yield


@pytest.fixture(scope="session")
def cluster() -> Generator[Sandbox]:
    # Two runs of the suite, or two of its workers, must not share one.
    places = layout(f"e2e-{os.getpid()}")
    try:
        yield up(places, real=True)
    finally:
        down(places)


@pytest.fixture(scope="session")
def model_registry(tmp_path_factory: pytest.TempPathFactory) -> Generator[Registry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return trained(tmp_path_factory.mktemp("digits"))
