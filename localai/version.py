"""LocalAI's version numbers: `v`, then major, minor and patch."""

import re

_FORM = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


class MalformedVersionError(ValueError):
    """A text that is no LocalAI version, such as `latest` or `4.9`."""


def parse(version: str) -> tuple[int, int, int]:
    """Return major, minor and patch of a version.

    Raises:
        MalformedVersionError: the text is not of the form v4.9.0.
    """
    match = _FORM.fullmatch(version)
    if match is None:
        raise MalformedVersionError(f"{version!r} is no version; write one such as v4.9.0")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)


def at_least(version: str, minimum: str) -> bool:
    """Return whether a version is the minimum or newer.

    Raises:
        MalformedVersionError: one of the two is not of the form v4.9.0.
    """
    return parse(version) >= parse(minimum)
