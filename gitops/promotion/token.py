"""The token of a forge: from a file, or from a variable; one of another forge never goes there."""

from collections.abc import Mapping
from pathlib import Path

from documents.files import given_text
from documents.problem import refusal
from gitops.adapters.forge.place import Kind, Place

VARIABLE = "LOCALAI_FORGE_TOKEN"
_OWN = {Kind.GITHUB: "GITHUB_TOKEN", Kind.GITLAB: "GITLAB_TOKEN", Kind.GITEA: "GITEA_TOKEN"}
_LONGEST = 4096


def token(place: Place, environment: Mapping[str, str], file: Path | None) -> str:
    """Return the token for a forge.

    Raises:
        RefusedError: there is none, or it is no token.
    """
    # A variable of another forge may be set, too, and that token is a secret of that one.
    names = (VARIABLE, _OWN[place.kind])
    if file:
        text = given_text(file, most=_LONGEST)
    else:
        text = next(filter(None, map(environment.get, names)), "")
    found = text.strip()
    if not found or not found.isascii() or not found.isprintable() or " " in found:
        cause = "does not hold one token on one line"
        cure = "put a token there that may open pull requests, or give --forge none"
        raise refusal(str(file) if file else " or ".join(names), cause, cure)
    return found
