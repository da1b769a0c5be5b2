"""An environment with the wheel is made only when asked for: `-m wheel`, as `make dist` does."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "wheel" in str(config.getoption("markexpr")).split():
        return
    slow = [item for item in items if item.get_closest_marker("wheel")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
