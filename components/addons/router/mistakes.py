"""Runs inside the router: tells a client's mistake from a failure of ours.

LocalAI answers every error of an engine with 500, a prompt that is too long among them. LiteLLM
knows llama.cpp's words for that and hands the 500 on all the same. With this, the client gets 400,
and that is counted. LiteLLM loads it from beside its configuration.
"""

from importlib import import_module
from typing import Any

# Of llama.cpp's server: a prompt beyond the context, and an input beyond the batch.
_TOO_LONG = ("exceeds the available context size", "is too large to process")
_BAD_REQUEST = 400


async def blame(_: object, *, original_exception: Exception, **_others: object) -> None:
    """Make a 400 of an error that only says that the client sent too much."""
    if any(words in str(original_exception) for words in _TOO_LONG):
        vars(original_exception)["status_code"] = _BAD_REQUEST


def __getattr__(name: str) -> Any:
    """Return the callback, which LiteLLM gets from this module as `mistakes`."""
    if name != "mistakes":
        raise AttributeError(name)
    base: Any = import_module("litellm.integrations.custom_logger").CustomLogger
    return type("Mistakes", (base,), {"async_post_call_failure_hook": blame})()
