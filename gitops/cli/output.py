"""The three forms in which a result is printed."""

from enum import StrEnum


class Output(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
