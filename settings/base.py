"""The base of every class in a stack file: camelCase keys, as in the manifests they become."""

from typing import Any, cast

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from documents.validation import Strict, contradiction


class Settings(Strict):
    """A frozen part of a stack file."""

    model_config = ConfigDict(alias_generator=to_camel)


def no_timeout(values: Any) -> object:
    """Refuse a time-out that would contradict the longest answer, before it is called unknown."""
    if isinstance(values, dict) and "timeout" in values:
        raise contradiction(
            "sets a timeout of its own, but every wait follows the longest answer",
            "delete it, and set `longestAnswer` under localai:server",
        )
    return cast("object", values)
