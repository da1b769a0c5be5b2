"""Whose mistake an error is, with a stand-in for the one class of LiteLLM it extends."""

import asyncio
import sys
from types import ModuleType
from typing import Any

import pytest

from components.addons.router import mistakes


class FailedError(Exception):
    status_code = 500


@pytest.fixture
def callback(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the callback as LiteLLM gets it."""
    module = ModuleType("litellm.integrations.custom_logger")
    module.__dict__["CustomLogger"] = type("CustomLogger", (), {})
    for name in ("litellm", "litellm.integrations"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    found = mistakes.mistakes
    assert isinstance(found, module.__dict__["CustomLogger"])
    return found


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("request (9000 tokens) exceeds the available context size (8192 tokens)", 400),
        ("input (3000 tokens) is too large to process. increase the physical batch size", 400),
        ("could not load model: backend not found: vllm", 500),
        ("", 500),
    ],
)
def test_only_a_request_that_is_too_long_is_the_mistake_of_the_client(
    callback: Any, words: str, status: int
):
    failed = FailedError(words)
    asyncio.run(
        callback.async_post_call_failure_hook(
            request_data={}, original_exception=failed, user_api_key_dict=None, traceback_str=None
        )
    )
    assert failed.status_code == status


def test_the_module_has_nothing_else():
    with pytest.raises(AttributeError):
        _ = mistakes.another
