"""The comments of a pull request on GitHub, over its REST interface."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import httpx2

from gitops.adapters.process import OutsideError

# A page of comments is as long as the interface allows; more pages than this is no pull request.
_PAGE = 100
_MOST_PAGES = 50
# GitHub lists no more files of a pull request.
_MOST_FILES = 3000
_SECONDS = 20.0


_CURE = "check the number, and that the token has the right `pull-requests: write`"


class GitHubError(OutsideError):
    """GitHub could not be asked, or refused; the token is never said."""


@dataclass(frozen=True, kw_only=True)
class Comment:
    """One comment: its number, who wrote it, and its text."""

    number: int
    author: str
    text: str


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """One pull request of a repository `owner/name`; `api` is the address of the interface."""

    api: str
    repository: str
    number: int
    token: str

    def files(self) -> tuple[list[str], bool]:
        """Return the paths it changes, old names too, and whether these are all of them."""
        paths: list[str] = []
        for page in range(1, _MOST_FILES // _PAGE + 1):
            found = self._ask("GET", f"pulls/{self.number}/files?per_page={_PAGE}&page={page}")
            for one in cast("list[dict[str, Any]]", found):
                paths += [one[key] for key in ("filename", "previous_filename") if one.get(key)]
            if len(found) < _PAGE:
                return paths, True
        return paths, False

    def commit(self) -> str:
        """Return the commit it asks to merge."""
        return cast("dict[str, Any]", self._ask("GET", f"pulls/{self.number}"))["head"]["sha"]

    def comments(self) -> Iterator[Comment]:
        """Yield its comments, oldest first.

        Raises:
            GitHubError: it could not be asked, or refused.
        """
        for page in range(1, _MOST_PAGES + 1):
            path = f"issues/{self.number}/comments?per_page={_PAGE}&page={page}"
            found = cast("list[dict[str, Any]]", self._ask("GET", path))
            for one in found:
                author: dict[str, Any] = one.get("user") or {}
                text: str = one.get("body") or ""
                yield Comment(number=one["id"], author=author.get("login", ""), text=text)
            if len(found) < _PAGE:
                return

    def add(self, text: str) -> None:
        self._ask("POST", f"issues/{self.number}/comments", text)

    def edit(self, comment: Comment, text: str) -> None:
        self._ask("PATCH", f"issues/comments/{comment.number}", text)

    def _ask(self, method: str, path: str, text: str | None = None) -> Any:
        address = f"{self.api.rstrip('/')}/repos/{self.repository}/{path}"
        return _asked(method, address, self.token, text)


def pull_requests(api: str, repository: str, token: str, head: str) -> list[PullRequest]:
    """Return the open pull requests from a branch, which is named `owner:branch`.

    Raises:
        GitHubError: it could not be asked, or refused.
    """
    query = urlencode({"state": "open", "head": head, "per_page": _PAGE})
    address = f"{api.rstrip('/')}/repos/{repository}/pulls?{query}"
    found = cast("list[dict[str, Any]]", _asked("GET", address, token))
    return [
        PullRequest(api=api, repository=repository, number=one["number"], token=token)
        for one in found
    ]


def _asked(method: str, address: str, token: str, text: str | None = None) -> Any:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    body = None if text is None else {"body": text}
    try:
        # A redirect is not followed: the token is for this address alone.
        answer = httpx2.request(method, address, headers=headers, json=body, timeout=_SECONDS)
    except httpx2.HTTPError as error:
        cause = f"{method} {address} failed with {type(error).__name__}"
        raise GitHubError(cause, "look whether it is up") from None
    if answer.status_code >= 300:
        raise GitHubError(f"{method} {address} answered {answer.status_code}", _CURE)
    try:
        return answer.json()
    except ValueError:
        raise GitHubError(f"{method} {address} answered no JSON", "check the address") from None
