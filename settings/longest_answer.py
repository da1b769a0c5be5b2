"""The longest answer is said once, at the server: router and exposure have no time-out."""

from typing import Any, cast

from documents.validation import contradiction


def no_timeout(values: Any) -> object:
    """Refuse a time-out that would contradict the longest answer, before it is called unknown."""
    if isinstance(values, dict) and "timeout" in values:
        raise contradiction(
            "sets a timeout of its own, but every wait follows the longest answer",
            "delete it, and set `longestAnswer` under localai:server",
        )
    return cast("object", values)
