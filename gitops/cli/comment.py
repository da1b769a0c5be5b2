"""`comment`: a plan that somebody else's code made, as the one comment of its pull request."""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from documents.problem import refusal
from gitops.adapters.forge.comments import PullRequest, pull_requests
from gitops.adapters.forge.hosts import github_api
from gitops.adapters.forge.place import ForgeError
from gitops.cli.terminal import busy
from gitops.planning.output.escape import code, text
from gitops.planning.output.markdown import MARK, caution, markdown
from gitops.planning.output.received import NoPlanError, received
from gitops.planning.printable import listed

# What a change may edit without touching the code that shows it; all else counts as code.
_DATA = re.compile(
    r"Pulumi\.[^/]+\.yaml|(models|releases)/[^/]+\.yaml|(docs|tests|benchmarks|clusters)/.*"
    r"|[^/]+\.md|LICENSE",
    re.DOTALL,
)
_MOST_PATHS = 5


def comment(file: Path, head: str, commit: str, author: str, now: datetime) -> tuple[str, str]:
    """Write the plan in a file to the open pull requests that are at a commit.

    Return what was done, and why the plan could not be shown, if so. `head` is `owner:branch`. Only
    a comment that `author` wrote is ours, whatever mark another one bears.

    Raises:
        RefusedError: GitHub cannot be asked, or refuses.
    """
    repository = _variable("GITHUB_REPOSITORY", "owner/name")
    address = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    api = github_api(address, _variable("GITHUB_TOKEN", "a token that may write pull requests"))
    done, why = "not needed: no open pull request is at this commit", ""
    try:
        with busy(f"Asking GitHub about {repository}"):
            found = pull_requests(api, repository, head)
            for request in [one for one in found if one.commit() == commit]:
                said, why = _text(file, commit, now, request)
                done = _posted(request, said, author)
    except ForgeError as error:
        raise refusal(repository, error.cause, error.cure) from None
    return done, why


def _text(file: Path, commit: str, now: datetime, request: PullRequest) -> tuple[str, str]:
    """Return the whole comment, and why the plan could not be shown, if so."""
    head = [
        f"Commit {code(commit)}, written {now:%Y-%m-%d %H:%M} UTC.\n",
        *_edited(*request.files()),
    ]
    try:
        return markdown(received(file), head), ""
    except NoPlanError as error:
        why = str(error)
        said = caution(f"**Could not be rendered:** {text(why)}")
        return "\n".join([MARK, said, *head]) + "\n", why


def _edited(paths: Iterable[str], whole: bool) -> Iterator[str]:
    """Yield that the code which made the plan is what the change edits, if it is."""
    found = [path for path in paths if not _DATA.fullmatch(path)]
    if not whole:
        yield caution("**This change has more files than can be listed:** it may edit any code.")
    if found:
        paths = listed([code(path[:200]) for path in found], "file", _MOST_PATHS)
        yield caution(f"**This change edits the code that wrote this:** {paths}")


def _posted(request: PullRequest, said: str, author: str) -> str:
    for old in request.comments():
        if old.author == author and old.text.startswith(MARK):
            request.edit(old, said)
            return "updated"
    request.add(said)
    return "added"


def _variable(name: str, what: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise refusal(name, "is not set", f"set it to {what}")
    return value
