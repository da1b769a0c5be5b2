"""Live tests run only when asked for by their marker: `pytest -m e2e`."""

import os
from collections.abc import Generator

import pytest

from sandbox.cluster.down import down
from sandbox.cluster.layout import layout
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.up import up


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "e2e" in str(config.getoption("markexpr")):
        return
    live = [item for item in items if item.get_closest_marker("e2e")]
    if live:
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]


@pytest.fixture(scope="session")
def cluster() -> Generator[Sandbox]:
    name = f"e2e-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    sandbox = up(layout(name), real=True)
    yield sandbox
    down(sandbox.layout)
