"""What the chat is told by environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ADDRESS, KEY, MODELS = "CHAT_ADDRESS", "CHAT_KEY", "CHAT_MODELS"
USER, PASSWORD = "CHAT_USER", "CHAT_PASSWORD"
TITLE, ANSWERS = "CHAT_TITLE", "CHAT_ANSWERS"
PORT, INSIDE_PORT = "CHAT_PORT", "CHAT_INSIDE_PORT"
ANSWER_SECONDS, WAIT_SECONDS = "CHAT_ANSWER_SECONDS", "CHAT_WAIT_SECONDS"
REQUEST_BYTES = "CHAT_REQUEST_BYTES"
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
_MOST_DIGITS = 12


class ChatError(Exception):
    """Something is wrong outside of this program: cause and cure."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(f"{cause}; {cure}")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """Where the models answer, who may ask, and how much."""

    address: str
    key: str = field(repr=False)
    # Models that are offered where they are served; every one that is served if empty.
    models: tuple[str, ...] = ()
    user: str
    password: str = field(repr=False)
    title: str
    port: int
    # Where /readyz and /metrics answer, which ask for no login; with the page if it is the same.
    inside_port: int
    # How many answers are written at once; as many more may wait.
    answers: int
    # Seconds for a whole answer, and until one goes on.
    answer_seconds: int
    wait_seconds: int
    # The longest request that the address takes.
    request_bytes: int


def declared(found: Mapping[str, str]) -> Declared:
    """Return what the variables say.

    Raises:
        ChatError: one is missing, or not of its form; values of Secrets are not shown.
    """
    address = _said(found, ADDRESS).rstrip("/")
    if not _ADDRESS.fullmatch(address):
        raise ChatError(f"{ADDRESS} is {address!r:.80}", "write it as http://host:4000/v1")
    return Declared(
        address=address,
        key=found.get(KEY, ""),
        models=tuple(found.get(MODELS, "").split()),
        user=_said(found, USER),
        password=_said(found, PASSWORD),
        title=found.get(TITLE) or "Chat",
        port=(port := _number(found, PORT, 7860)),
        inside_port=_number(found, INSIDE_PORT, port),
        answers=_number(found, ANSWERS, 50),
        answer_seconds=_number(found, ANSWER_SECONDS, 600),
        wait_seconds=_number(found, WAIT_SECONDS, 120),
        request_bytes=_number(found, REQUEST_BYTES, 4 * 2**20),
    )


def _said(found: Mapping[str, str], name: str) -> str:
    if not found.get(name, "").strip():
        raise ChatError(f"{name} is not set", "set it, as localai:chat of a stack does")
    return found[name].strip()


def _number(found: Mapping[str, str], name: str, usual: int) -> int:
    text = found.get(name) or str(usual)
    if not re.fullmatch(rf"[1-9][0-9]{{0,{_MOST_DIGITS}}}", text):
        raise ChatError(f"{name} is {text!r:.40}", "write a whole number of at least 1")
    return int(text)
