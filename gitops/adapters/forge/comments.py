"""The comments of a pull request on GitHub, over its REST interface."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from gitops.adapters.forge.api import Api

# A page of comments is as long as the interface allows; more pages than this is no pull request.
_PAGE = 100
_MOST_PAGES = 50
# GitHub lists no more files of a pull request.
_MOST_FILES = 3000


@dataclass(frozen=True, kw_only=True)
class Comment:
    """One comment: its number, who wrote it, and its text."""

    number: int
    author: str
    text: str


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """One pull request of a repository `owner/name`."""

    api: Api
    repository: str
    number: int

    def files(self) -> tuple[list[str], bool]:
        """Return the paths it changes, old names too, and whether these are all of them."""
        paths: list[str] = []
        for page in range(1, _MOST_FILES // _PAGE + 1):
            found = self._ask(f"pulls/{self.number}/files?per_page={_PAGE}&page={page}")
            for one in cast("list[dict[str, Any]]", found):
                paths += [one[key] for key in ("filename", "previous_filename") if one.get(key)]
            if len(found) < _PAGE:
                return paths, True
        return paths, False

    def commit(self) -> str:
        """Return the commit it asks to merge."""
        return cast("dict[str, Any]", self._ask(f"pulls/{self.number}"))["head"]["sha"]

    def comments(self) -> Iterator[Comment]:
        """Yield its comments, oldest first.

        Raises:
            ForgeError: it could not be asked, or refused.
        """
        for page in range(1, _MOST_PAGES + 1):
            path = f"issues/{self.number}/comments?per_page={_PAGE}&page={page}"
            found = cast("list[dict[str, Any]]", self._ask(path))
            for one in found:
                author: dict[str, Any] = one.get("user") or {}
                text: str = one.get("body") or ""
                yield Comment(number=one["id"], author=author.get("login", ""), text=text)
            if len(found) < _PAGE:
                return

    def add(self, text: str) -> None:
        path = f"issues/{self.number}/comments"
        # Sent twice, it could be there twice.
        self.api.ask("POST", f"repos/{self.repository}/{path}", {"body": text}, again=False)

    def edit(self, comment: Comment, text: str) -> None:
        path = f"repos/{self.repository}/issues/comments/{comment.number}"
        self.api.ask("PATCH", path, {"body": text})

    def _ask(self, path: str) -> Any:
        return self.api.ask("GET", f"repos/{self.repository}/{path}")


def pull_requests(api: Api, repository: str, head: str) -> list[PullRequest]:
    """Return the open pull requests from a branch, which is named `owner:branch`.

    Raises:
        ForgeError: it could not be asked, or refused.
    """
    query = urlencode({"state": "open", "head": head, "per_page": _PAGE})
    found = cast("list[dict[str, Any]]", api.ask("GET", f"repos/{repository}/pulls?{query}"))
    return [PullRequest(api=api, repository=repository, number=one["number"]) for one in found]
