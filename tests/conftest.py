"""For every test: what runs only when it is asked for, and how long an example may take."""

import pytest
from hypothesis import settings

# A mark by which a test stays out of the quick suite -> the words of `-m` that ask for it.
_ASKED_BY = {"e2e": {"e2e", "core"}, "wheel": {"wheel"}, "thorough": {"thorough"}}

# An example of a property may take as long as a busy machine makes it.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = set(str(config.getoption("markexpr")).split())
    closed = [mark for mark, words in _ASKED_BY.items() if not words & asked]
    left = [item for item in items if any(item.get_closest_marker(mark) for mark in closed)]
    if left:
        config.hook.pytest_deselected(items=left)
        out = set(left)
        items[:] = [item for item in items if item not in out]
