"""What a source answers to HEAD, or why it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"
    NAME = "name"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    TIME = "time"
    PROTOCOL = "protocol"
    HOPS = "hops"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The last answer: its address, its status, and its headers by their name in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Silence:
    """No answer: the address it was hoped from, and why."""

    url: str
    reason: Reason
    text: str = ""
