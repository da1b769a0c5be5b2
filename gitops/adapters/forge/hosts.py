"""Pull requests on GitHub, on GitLab, where they are merge requests, and on Gitea or Forgejo."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlencode

from gitops.adapters.forge.api import Api
from gitops.adapters.forge.place import ForgeError, Kind, Place
from gitops.adapters.forge.pulls import Forge, Pull, Wanted

_PAGE, _MOST_PAGES = 50, 20
# Whoever may read a public repository may review there; these have a say in it.
_INSIDERS = ("OWNER", "MEMBER", "COLLABORATOR")
Row = dict[str, Any]


@contextmanager
def _understood() -> Generator[None]:
    """Call an answer of another form than that of a forge by its name.

    Raises:
        ForgeError: it is of another form.
    """
    try:
        yield
    except (KeyError, TypeError, AttributeError):
        cause = "the forge returned something other than pull requests"
        raise ForgeError(cause, "check its address, and --forge") from None


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A repository on GitHub, by `owner/name`."""

    api: Api
    repository: str

    @_understood()
    def pulls(self, branch: str, base: str) -> list[Pull]:
        """Return the open pull requests from a branch of the repository itself.

        The owner may have a fork, too, whose branches have the same name there.
        """
        owner = self.repository.partition("/")[0]
        query = {"state": "open", "head": f"{owner}:{branch}", "base": base, "per_page": _PAGE}
        found = self.api.ask("GET", f"repos/{self.repository}/pulls?{urlencode(query)}")
        rows = [one for one in cast("list[Row]", found) if _is_own(one)]
        return _shown(rows, _pull)

    def create(self, wanted: Wanted) -> Pull:
        """Open a pull request."""
        body = {"head": wanted.branch, "base": wanted.base, "title": wanted.title,
                "body": wanted.body}  # fmt: skip
        return _shown([self.api.ask("POST", f"repos/{self.repository}/pulls", body)], _pull)[0]

    def edit(self, pull: Pull, wanted: Wanted) -> Pull:
        """Give a pull request another title and body."""
        body = {"title": wanted.title, "body": wanted.body}
        path = f"repos/{self.repository}/pulls/{pull.number}"
        return _shown([self.api.ask("PATCH", path, body)], _pull)[0]

    @_understood()
    def approvals(self, pull: Pull) -> frozenset[str]:
        """Return whose last review of the commit it asks to merge approves it."""
        last: dict[str, bool] = {}
        for one in _pages(self.api, f"repos/{self.repository}/pulls/{pull.number}/reviews"):
            who, state = _name(one), one.get("state")
            if state in ("APPROVED", "CHANGES_REQUESTED", "REQUEST_CHANGES", "DISMISSED"):
                counts = one.get("commit_id") == pull.commit and not one.get("dismissed")
                counts &= one.get("author_association", _INSIDERS[0]) in _INSIDERS
                last[who] = state == "APPROVED" and counts
        return frozenset(who for who, holds in last.items() if holds) - {pull.author}


@dataclass(frozen=True, kw_only=True)
class Gitea(GitHub):
    """A repository on Gitea or Forgejo: as on GitHub, but its list knows no filter by branch."""

    @_understood()
    def pulls(self, branch: str, base: str) -> list[Pull]:
        """Return the open pull requests from a branch of the repository itself."""
        rows = _pages(self.api, f"repos/{self.repository}/pulls", {"state": "open"})
        return _shown([one for one in rows if _is_from(one, branch, base)], _pull)


@dataclass(frozen=True, kw_only=True)
class GitLab:
    """A project on GitLab, by its path; a pull request is called a merge request there."""

    api: Api
    repository: str

    @property
    def _path(self) -> str:
        return f"projects/{quote(self.repository, safe='')}/merge_requests"

    @_understood()
    def pulls(self, branch: str, base: str) -> list[Pull]:
        """Return the open merge requests from a branch of the project itself."""
        query = {"state": "opened", "source_branch": branch, "target_branch": base}
        found = self.api.ask("GET", f"{self._path}?{urlencode(query)}")
        rows = [one for one in cast("list[Row]", found)
                if one.get("source_project_id") == one.get("target_project_id")]  # fmt: skip
        return _shown(rows, _merge)

    def create(self, wanted: Wanted) -> Pull:
        """Open a merge request."""
        body = {"source_branch": wanted.branch, "target_branch": wanted.base,
                "title": wanted.title, "description": wanted.body}  # fmt: skip
        return _shown([self.api.ask("POST", self._path, body)], _merge)[0]

    def edit(self, pull: Pull, wanted: Wanted) -> Pull:
        """Give a merge request another title and body."""
        body = {"title": wanted.title, "description": wanted.body}
        return _shown([self.api.ask("PUT", f"{self._path}/{pull.number}", body)], _merge)[0]

    @_understood()
    def approvals(self, pull: Pull) -> frozenset[str]:
        """Return who approves it; a setting of the project tells whether a push ends that."""
        found = self.api.ask("GET", f"{self._path}/{pull.number}/approvals")
        rows = cast("list[Row]", cast("Row", found).get("approved_by") or [])
        return frozenset(_name(one) for one in rows) - {pull.author}


def forge(place: Place, token: str, pause: Callable[[float], None] | None = None) -> Forge:
    """Return a repository on a forge as what a promotion asks; there is none of `Kind.NONE`."""
    more: dict[str, Any] = {"pause": pause} if pause else {}
    if place.kind is Kind.GITLAB:
        api = Api(address=place.api, token=token, right="the scope `api`, and the role Developer",
                  **more)  # fmt: skip
        return GitLab(api=api, repository=place.repository)
    if place.kind is Kind.GITEA:
        right = "the scope `write:repository`, and to write the repository"
        api = Api(address=place.api, token=token, right=right, scheme="token", **more)
        return Gitea(api=api, repository=place.repository)
    return GitHub(api=github_api(place.api, token, **more), repository=place.repository)


def github_api(address: str, token: str, **more: Any) -> Api:
    """Return the interface of GitHub at an address."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    right = "the right `pull-requests: write`"
    return Api(address=address, token=token, right=right, headers=headers, **more)


def _pages(api: Api, path: str, query: Mapping[str, str] | None = None) -> list[Row]:
    rows: list[Row] = []
    for page in range(1, _MOST_PAGES + 1):
        # GitHub calls the length of a page `per_page`, Gitea `limit`.
        more = {**(query or {}), "per_page": _PAGE, "limit": _PAGE, "page": page}
        found = cast("list[Row]", api.ask("GET", f"{path}?{urlencode(more)}"))
        rows += found
        if len(found) < _PAGE:
            break
    return rows


def _shown(rows: Any, make: Callable[[Row], Pull]) -> list[Pull]:
    with _understood():
        return [make(one) for one in rows]


def _pull(one: Row) -> Pull:
    return Pull(
        number=_count(one["number"]), url=_text(one["html_url"]), title=_text(one["title"]),
        body=_text(one.get("body") or ""), commit=_text(one["head"]["sha"]), author=_name(one),
    )  # fmt: skip


def _merge(one: Row) -> Pull:
    author: Row = one.get("author") or {}
    return Pull(
        number=_count(one["iid"]), url=_text(one["web_url"]), title=_text(one["title"]),
        body=_text(one.get("description") or ""), commit=_text(one.get("sha") or ""),
        author=_text(author.get("username", "")),
    )  # fmt: skip


def _is_own(one: Row) -> bool:
    # A fork that was deleted is no repository any more.
    head: Row | None = one["head"]["repo"]
    return head is not None and head["id"] == one["base"]["repo"]["id"]


def _is_from(one: Row, branch: str, base: str) -> bool:
    head, into = one["head"], one["base"]
    same = head.get("repo_id") == into.get("repo_id")
    return same and (head["ref"], into["ref"]) == (branch, base)


def _name(one: Row) -> str:
    user: Row = one.get("user") or {}
    return _text(user.get("login") or user.get("username") or "")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:
    # It becomes a part of paths, where a text could lead elsewhere.
    if not isinstance(value, int):
        raise TypeError
    return value
