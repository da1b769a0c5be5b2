"""Live tests run only when asked for by a marker: `-m e2e`, or `-m core` for a part of them."""

import os
from collections.abc import Generator

import pytest

from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.sandbox import Sandbox
from sandbox.plugins.settings import SETTLE_VARIABLE


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if {"e2e", "core"} & set(str(config.getoption("markexpr")).split()):
        return
    live = [item for item in items if item.get_closest_marker("e2e")]
    if live:
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]


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
