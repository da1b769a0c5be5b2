"""The page that lists the known issues of every LocalAI version, and who meets each."""

from collections.abc import Iterable

from localai.release import KnownIssue, Server
from localai.server import SERVERS

_TITLE = """\
# Known issues of LocalAI

Written by `python -m gitops.validation.reference`. What LocalAI does that a reader would not
expect, by version: `run` was seen on a server that ran, `read` in its source, and `assumed` is
carried over from another version.

## Noted by `check`

Only a stack file can meet these. `check` notes each for the pools it applies to, and exits as
without it; a [waiver](rules.md#waive-a-rule) of its id says that it is known."""
_MET = """\
## Met by what is rendered

Nothing to do in a stack file; each names the file that meets it."""


def known_issues_page() -> str:
    """Return the page as Markdown."""
    issues = {one.id: one for release in SERVERS.values() for one in release.known_issues}
    noted = (_issue(one) for one in issues.values() if one.applies)
    met = (_issue(one) for one in issues.values() if one.met_by)
    return "\n\n".join([_TITLE, *noted, _MET, *met]) + "\n"


def _issue(issue: KnownIssue) -> str:
    by = f", by `{issue.met_by}`" if issue.met_by else ""
    told = "\n".join(_sources(issue.id, SERVERS.values()))
    cure = issue.cure[0].upper() + issue.cure[1:]
    return f"### {issue.id}\n\n{issue.sentence} {cure}{by}.\n\n{told}"


def _sources(name: str, releases: Iterable[Server]) -> Iterable[str]:
    for release in releases:
        for one in release.known_issues:
            if one.id == name:
                yield f"- {release.version}, {one.source}"
