"""Where the pull requests of a repository are, seen from the address of its remote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from gitops.adapters.process import OutsideError


class ForgeError(OutsideError):
    """A forge could not be asked, or refused, with its status or 0; the token is never said.

    `code` is the word that a service gives an error, where it has one.
    """

    def __init__(self, cause: str, cure: str, status: int = 0, code: str = "") -> None:
        super().__init__(cause, cure)
        self.status, self.code = status, code


class Kind(StrEnum):
    """The forges that are known; none is a repository that has no pull requests."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository on a forge: the address of the interface, and `owner/name`."""

    kind: Kind
    api: str
    repository: str


_HOSTS = {"github.com": Kind.GITHUB, "gitlab.com": Kind.GITLAB, "codeberg.org": Kind.GITEA}
_INTERFACES = {Kind.GITHUB: "/api/v3", Kind.GITLAB: "/api/v4", Kind.GITEA: "/api/v1"}
_SHORT = re.compile(r"(?:[^@/:]+@)?([^/:@]+):(?!//)(.+)")


def place_of(
    remote: str, environment: Mapping[str, str], kind: Kind | None = None, api: str = ""
) -> Place:
    """Return where the pull requests of a remote are: as told, by its host, or as CI says.

    Raises:
        ForgeError: neither the host nor CI tells which forge it is.
    """
    host, path = _split(remote)
    kind = kind or _HOSTS.get(host.partition(":")[0]) or (_told(environment) if host else Kind.NONE)
    if kind is None:
        cause = f"which forge {host} is cannot be seen from its name"
        raise ForgeError(cause, "say it with --forge github, gitlab, gitea or none")
    address = api or _address(kind, host, environment)
    repository = path.strip("/").removesuffix(".git")
    if not host:
        # A folder, such as a mirror: its last two names are those of the forge.
        repository = "/".join(repository.split("/")[-2:])
    if kind is not Kind.NONE and "/" not in repository:
        raise ForgeError(f"the remote {remote!r:.200} names no owner/name", "correct it")
    return Place(kind=kind, api=address, repository=repository)


def _told(environment: Mapping[str, str]) -> Kind | None:
    # Gitea's and Forgejo's runners set the variables of GitHub's, too.
    if environment.get("GITEA_ACTIONS") or environment.get("FORGEJO_ACTIONS"):
        return Kind.GITEA
    if environment.get("GITHUB_ACTIONS"):
        return Kind.GITHUB
    return Kind.GITLAB if environment.get("GITLAB_CI") else None


def _address(kind: Kind, host: str, environment: Mapping[str, str]) -> str:
    if kind is Kind.NONE:
        return ""
    names = {Kind.GITLAB: "CI_API_V4_URL"}
    said = environment.get(names.get(kind, "GITHUB_API_URL"), "")
    if said and urlsplit(said).hostname in (host.partition(":")[0], f"api.{host}"):
        return said
    if host == "github.com":
        return "https://api.github.com"
    return f"https://{host}{_INTERFACES[kind]}"


def _split(remote: str) -> tuple[str, str]:
    """Return the host, with a port of HTTPS, and the path of a remote; no host for a folder."""
    if "://" in remote:
        found = urlsplit(remote)
        if found.scheme == "file":
            return "", found.path
        port = f":{found.port}" if found.port and found.scheme in ("http", "https") else ""
        return f"{found.hostname or ''}{port}", found.path
    short = _SHORT.fullmatch(remote)
    return (short[1], short[2]) if short else ("", remote)
