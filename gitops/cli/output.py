"""The forms in which results are printed."""

from enum import StrEnum


class Output(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class CheckOutput(StrEnum):
    """How what `check` found is printed: for people, for programs, or as annotations of code."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
