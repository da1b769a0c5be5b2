"""What a promotion says of itself: its commit, and the title and the body of its pull request."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gitops.planning.output.document import plan_document
from gitops.planning.output.escape import code, prose, text
from gitops.planning.output.markdown import markdown
from gitops.planning.plan import Plan
from gitops.promotion.gates import Judged
from gitops.promotion.served import compared
from gitops.promotion.target import Asked
from settings.release import Release, differences

_SHORT = len("sha256:") + 12
TRAILER = "Promoted-tree:"
_MOST_LINES = 40


def title(asked: Asked, release: Release) -> str:
    """Return the one form of the subject of a promotion."""
    return f"Promote {short(release.digest)} to {asked.target}"


def short(digest: str) -> str:
    """Return as much of a digest as people read."""
    return digest[:_SHORT].removeprefix("sha256:")


def message(asked: Asked, release: Release, tree: str) -> str:
    """Return the message of the commit; its last line shows later whether it is still our own."""
    what = ", ".join(asked.models) or "all of it"
    lines = [
        title(asked, release), "", f"From {asked.source}: {what}.",
        f"Release of {asked.target}: {release.digest}", "", f"{TRAILER} {tree}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def body(
    asked: Asked, found: Sequence[Judged], plan: Plan, releases: tuple[Release, Release]
) -> str:
    """Return the plan, the evidence and the way back, as long as a forge takes."""
    old, new = releases
    preface = [
        f"Release {code(short(new.digest))} of {text(asked.target)}, from {text(asked.source)}"
        f"{_some(asked.models)}. It replaces {code(short(old.digest))}.\n",
        *_changes(old, new),
        *compared(old, new),
        "| gate | | figure |\n|---|---|---|",
        *(_row(one) for one in found),
        "",
        *_waivers(found),
        "**Way back:** close this, and nothing happens. Once it is merged, "
        f"{code(f'localai-gitops rollback {asked.target}')} puts {code(short(old.digest))} back; "
        "weights that are kept are not fetched again.\n",
    ]
    return markdown(plan_document(plan), preface)


def _some(models: Sequence[str]) -> str:
    return f", only {', '.join(map(text, models))}" if models else ""


def _changes(old: Release, new: Release) -> Iterator[str]:
    lines = list(differences(old.summary, new.summary))
    yield from (f"- {text(one)}" for one in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"- and {len(lines) - _MOST_LINES} more"
    yield ""


def _row(one: Judged) -> str:
    mark = "holds" if one.outcome.holds else "**waived**" if one.waiver else "**does not hold**"
    if one.gate.at_merge and not one.passes:
        mark = "at the merge"
    figure = text(one.outcome.figure)
    return f"| {text(one.gate.name)} | {mark} | {figure} |"


def _waivers(found: Iterable[Judged]) -> Iterator[str]:
    for one in found:
        if one.waiver:
            said = f"{one.waiver.name}, until {one.waiver.until}: {one.waiver.reason}"
            yield f"- {text(one.gate.name)} is waived by {prose(said)}"
    yield ""


def document(
    asked: Asked,
    found: Sequence[Judged],
    plan: Plan | None,
    releases: tuple[Release, Release | None],
    pull: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return a promotion as plain values; `pull` is the pull request, and what was done to it."""
    old, new = releases
    return {
        "version": 1,
        "from": asked.source,
        "to": asked.target,
        "release": new.digest if new else None,
        "replaces": old.digest,
        "differences": list(differences(old.summary, new.summary)) if new else [],
        "gates": [
            {
                "gate": one.gate.name.value,
                "asks": one.gate.sentence,
                "holds": one.outcome.holds,
                "at_merge": one.gate.at_merge,
                "figure": one.outcome.figure,
                "cure": "" if one.outcome.holds else one.outcome.cure,
                "waiver": one.waiver.model_dump(mode="json") if one.waiver else None,
            }
            for one in found
        ],
        "plan": plan_document(plan) if plan else None,
        "pull_request": pull,
    }
