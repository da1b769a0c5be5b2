"""`comment`: a preview as the one comment of its pull request, updated in place."""

import os
import sys
from pathlib import Path

from documents.problem import Problem, RefusedError
from gitops.adapters.github import GitHubError, PullRequest
from gitops.planning.output.comment import NoPreviewError, previewed
from gitops.planning.output.markdown import LARGEST, MARK

_BYTES = 4 * LARGEST


def comment(text: str, number: int, author: str, commit: str | None = None) -> str:
    """Post a preview and return what was done: `added`, `updated` or `unchanged`.

    Only a comment that `author` wrote is ours, whatever mark another one bears. Where `commit` is
    given, a pull request that has moved on, or that never was at it, is refused.
    """
    request = PullRequest(
        api=os.environ.get("GITHUB_API_URL", "https://api.github.com"),
        repository=_variable("GITHUB_REPOSITORY", "owner/name"),
        number=number,
        token=_variable("GITHUB_TOKEN", "a token that may write pull requests"),
    )
    try:
        if commit and request.commit() != commit:
            raise GitHubError(
                f"it is not at {commit:.12}", "wait for the preview of its newest commit"
            )
        return _posted(request, text, author)
    except GitHubError as error:
        place = f"{request.repository}#{number}"
        problem = Problem(file=place, path=(), cause=error.cause, cure=error.cure)
        raise RefusedError([problem]) from None


def _posted(request: PullRequest, text: str, author: str) -> str:
    for old in request.comments():
        if old.author == author and old.text.startswith(MARK):
            # GitHub keeps the line ends of whoever edited it last.
            if old.text.replace("\r\n", "\n").rstrip() == text.rstrip():
                return "unchanged"
            request.edit(old, text)
            return "updated"
    request.add(text)
    return "added"


def preview_file(file: Path) -> str:
    """Return the preview that a file holds; `-` is standard input.

    Raises:
        RefusedError: it is no preview as the tool writes it.
    """
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            return previewed(stream.read(_BYTES).decode("utf-8"))
    except UnicodeDecodeError:
        error = "is not UTF-8 text"
    except NoPreviewError as found:
        error = str(found)
    cure = "make it with `preview --output markdown`"
    raise RefusedError([Problem(file=str(file), path=(), cause=error, cure=cure)])


def _variable(name: str, what: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise RefusedError(
            [Problem(file=name, path=(), cause="is not set", cure=f"set it to {what}")]
        )
    return value
