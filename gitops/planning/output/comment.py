"""A preview that somebody else's code wrote, judged before it is shown under our name."""

import re

from gitops.planning.output.markdown import LARGEST, MARK

# As Markdown reads it: one backtick, not escaped and not part of a longer run, to the next one.
_CODE = re.compile(r"(?<![\\`])`(?!`)[^`\n]*(?<!`)`(?!`)")
_OPEN = re.compile(r"(?<!\\)(?:\\\\)*`")
_FOLD = re.compile(r"</?(?:details|summary)>")
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
    lines = text.splitlines()
    for number, (line, after) in enumerate(zip(lines, [*lines[1:], ""], strict=True), start=1):
        if number == 1:
            continue
        _judge(number, _CODE.sub("", line))
        if _FOLD.search(line) and ("`" in line or after):
            # Up to the next empty line, everything is HTML, in which backticks mean nothing.
            raise NoPreviewError(f"line {number} has HTML that goes on, which no preview has")
    return text


def _judge(number: int, line: str) -> None:
    odd = [character for character in line if ord(character) < 32]
    if odd:
        raise NoPreviewError(f"line {number} has a control character, which no preview has")
    if _OPEN.search(line):
        raise NoPreviewError(
            f"line {number} has a backtick without its other, which no preview has"
        )
    for name, pattern in _LIVE.items():
        if pattern.search(line):
            raise NoPreviewError(f"line {number} has {name}, which no preview has")
