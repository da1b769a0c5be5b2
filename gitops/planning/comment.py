"""A preview that somebody else's code wrote, judged before it is shown under our name."""

import re

from gitops.planning.markdown import LARGEST, MARK

_CODE = re.compile(r"`[^`\n]*`")
_TAG = re.compile(r"<(?!/?(?:details|summary)>)[a-zA-Z/!?]")
# What the tool never writes outside code: it puts an invisible space or a backslash into each.
_LIVE = {
    "an address": re.compile(r"://|\bwww\.", re.IGNORECASE),
    "a mention": re.compile(r"@[A-Za-z0-9]"),
    "a link or picture": re.compile(r"(?<!\\)\]\s*[(\[:]"),
    "a tag": _TAG,
    "a reference": re.compile(r"(?<!&)#[0-9]"),
}


class NoPreviewError(Exception):
    """A file is not a preview as the tool writes it; the text names the line."""


def previewed(text: str) -> str:
    """Return a preview in Markdown unchanged, if it is one as the tool writes it.

    Raises:
        NoPreviewError: it is longer than a comment, or has what the tool never writes.
    """
    if not text.startswith(f"{MARK}\n"):
        raise NoPreviewError("does not begin as a preview does")
    if len(text) > LARGEST:
        raise NoPreviewError(f"has {len(text)} characters; a preview has at most {LARGEST}")
    for number, line in enumerate(text.splitlines()[1:], start=2):
        _judge(number, _CODE.sub("", line))
    return text


def _judge(number: int, line: str) -> None:
    odd = [character for character in line if ord(character) < 32]
    if odd:
        raise NoPreviewError(f"line {number} has a control character, which no preview has")
    for name, pattern in _LIVE.items():
        if pattern.search(line):
            raise NoPreviewError(f"line {number} has {name}, which no preview has")
