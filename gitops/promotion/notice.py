"""What people are told of a promotion: as a text for Slack, or as JSON.

The schema of the JSON is docs/reference/notice.schema.json.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from documents.shown import shown
from settings.promotion import NoticeEvent
from settings.release import Release, digest_of, short

# Slack reads mentions, channels and addresses out of plain text, too: nothing follows these marks.
_READ_AGAIN = re.compile(r"([@#:])(?=\S)")
_GAP = "\u200b"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# A pull request of a forge; without a user, and without a sign that ends a link.
_LINK = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~%+-]{1,255}){1,12}")
_LONGEST_LINK = 500
_MOST_NAMES, _LONGEST_NAME = 8, 64
_WORDS: Mapping[NoticeEvent, str] = {
    NoticeEvent.OPENED: "a promotion was opened",
    NoticeEvent.MERGED: "a release was merged",
    NoticeEvent.VERIFIED: "a release was verified",
    NoticeEvent.FAILED: "a release failed",
    NoticeEvent.ROLLED_BACK: "a release was rolled back",
}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One event of a stack, whose release is `after` then; `before` is None where none is known."""

    event: NoticeEvent
    stack: str
    before: Release | None
    after: Release
    pull: str = ""

    @property
    def key(self) -> str:
        """Return what the same notice has again, so that a receiver knows it."""
        return digest_of([self.event.value, self.stack, self.after.digest, self.link])

    @property
    def link(self) -> str:
        """Return the address of the pull request; nothing where it is not of that form."""
        fits = len(self.pull) <= _LONGEST_LINK and _LINK.fullmatch(self.pull)
        return self.pull if fits else ""

    @property
    def models(self) -> Mapping[str, Sequence[str]]:
        """Return the names of the models that differ, by what became of them."""
        old = _models(self.before) if self.before else dict[str, str]()
        new = _models(self.after)
        return {
            "added": sorted({*new} - {*old}),
            "changed": sorted(name for name in {*old} & {*new} if old[name] != new[name]),
            "removed": sorted({*old} - {*new}),
        }

    @property
    def way_back(self) -> str:
        """Return how it is undone."""
        match self.event:
            case NoticeEvent.OPENED:
                return "close the pull request, and nothing happens"
            case NoticeEvent.ROLLED_BACK:
                return "revert the commit"
            case _:
                return f"localai-gitops rollback {self.stack}"


def _models(release: Release) -> Mapping[str, str]:
    """Return the digests of the models of a release, by name; served ones by their Service."""
    found = release.summary
    served: Mapping[str, str] = found.get("served", {})
    return {**found["models"], **{f"served-{name}": one for name, one in served.items()}}


def document(notice: Notice) -> dict[str, Any]:
    """Return a notice as plain values."""
    return {
        "version": 1,
        "key": notice.key,
        "event": notice.event.value,
        "stack": shown(notice.stack),
        "release": notice.after.digest,
        "replaces": notice.before.digest if notice.before else None,
        "models": {kind: [*map(shown, names)] for kind, names in notice.models.items()},
        "pull_request": notice.link or None,
        "way_back": shown(notice.way_back),
    }


def slack(notice: Notice) -> dict[str, Any]:
    """Return a notice as a message of Slack, in which no mention is live, and one link at most."""
    head = f"{escaped(notice.stack)}: {_WORDS[notice.event]}"
    old = f", after {short(notice.before.digest)}" if notice.before else ""
    lines = [
        head,
        f"release {short(notice.after.digest)}{old}",
        *(f"{kind}: {_few(names)}" for kind, names in notice.models.items() if names),
        *([f"<{notice.link}|pull request>"] if notice.link else ()),
        f"way back: {escaped(notice.way_back)}",
    ]
    # Verbatim, Slack makes no links of its own.
    text = {"type": "mrkdwn", "text": "\n".join(lines), "verbatim": True}
    return {
        "text": head,
        "blocks": [{"type": "section", "text": text}],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(value: str) -> str:
    """Return a value as text of Slack on one line, of which it makes nothing else."""
    apart = _READ_AGAIN.sub(rf"\1{_GAP}", shown(value))
    return "".join(_ENTITIES.get(sign, sign) for sign in apart)


def _few(names: Sequence[str]) -> str:
    said = ", ".join(escaped(name[:_LONGEST_NAME]) for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{said} and {more} more" if more > 0 else said
