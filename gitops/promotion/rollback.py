"""The releases that a stack had, and which way is the fastest back to one of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from components.addons.served.pod import SERVED
from documents.problem import RefusedError, refusal
from documents.reader import Document, Value
from gitops.planning.models import ModelChangeKind
from gitops.planning.plan import StackPlan
from gitops.planning.pods import minutes
from gitops.planning.printable import counted, decimal, listed, printable
from gitops.planning.rendering.rendering import Rendering
from predict.declared import DIGEST
from settings.release import Block, Release, short

_HEAD = re.compile(rb"^digest: (sha256:[0-9a-f]{64})$", re.MULTILINE)
_SERVER = re.compile(rb"^server: (v[0-9.]{1,30})$", re.MULTILINE)
_MODEL = re.compile(rb"^  [a-z0-9][a-z0-9._-]*:$", re.MULTILINE)
# Fewer digits of a digest name nothing.
_SHORTEST = 6
_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One version of a release file: its facts, as its lines say them, unread and unjudged."""

    digest: str
    server: str
    models: int
    commit: str
    time: str
    subject: str
    blob: str


def kept(content: bytes, commit: str, time: str, subject: str, blob: str) -> Kept | None:
    """Return a version by its lines, which costs next to nothing; None where it has no digest."""
    content = content.replace(b"\r\n", b"\n")
    digest, server = _HEAD.search(content), _SERVER.search(content)
    if not digest:
        return None
    models = content.partition(b"\nmodels:\n")[2]
    return Kept(
        digest=digest[1].decode(), server=server[1].decode() if server else "",
        models=len(_MODEL.findall(models)), commit=commit, time=time, subject=subject, blob=blob,
    )  # fmt: skip


def chosen(
    stack: str, history: Sequence[Kept], current: str, wanted: str | None, blocks: Sequence[Block]
) -> int:
    """Return the place in a history, newest first, of the release to go back to.

    Raises:
        RefusedError: it is unknown, ambiguous, blocked, or the one that is served now.
    """
    blocked = {one.release: one.reason for one in blocks}
    earlier = [one.digest for one in history if one.digest != current]
    free = [one for one in dict.fromkeys(earlier) if one not in blocked]
    known = ", ".join(map(short, free[:_MOST]))
    cure = f"use one of: {known}; `localai-gitops history {stack}` lists them"
    if not free:
        cure = f"`localai-gitops history {stack}` lists those it had, and releases/blocked.yaml "
        cure += (
            "says why they are blocked: promote another, or delete the entry of one that is fixed"
        )
    if wanted is None:
        digest = next((one for one in earlier if one not in blocked), None)
        if digest is None:
            if not earlier:
                cure = f"commit one with `localai-gitops release {stack}`, or promote one"
            raise refusal(stack, "has no earlier release that is not blocked", cure)
    else:
        digest = _named(wanted, [one.digest for one in history], cure)
    if digest == current:
        raise refusal(f"--to {wanted}", f"is the release that {stack} has now", cure)
    if digest in blocked:
        raise refusal(f"--to {wanted}", f"is blocked: {blocked[digest]}", cure)
    return next(place for place, one in enumerate(history) if one.digest == digest)


def _named(wanted: str, digests: Sequence[str], cure: str) -> str:
    letters = wanted.removeprefix("sha256:").lower()
    if len(letters) < _SHORTEST:
        cause = f"is too short: a release is named by {_SHORTEST} of its digits or more"
        raise refusal(f"--to {wanted!r:.80}", cause, cure)
    found = {one for one in digests if one.removeprefix("sha256:").startswith(letters)}
    if not found:
        raise refusal(f"--to {wanted!r:.80}", "is not a release of this stack", cure)
    if len(found) > 1:
        raise refusal(f"--to {wanted!r:.80}", "names more than one release", "give more of it")
    return found.pop()


class Way(StrEnum):
    """How a stack comes back, the fastest first."""

    ALIASES = "alias swap"
    FILE = "release file back"
    DOWNLOAD = "full revert"


def way(before: Rendering, after: Rendering, old: Release, new: Release) -> Way:
    """Return the fastest way from the release before to the one after."""
    was, comes = old.summary, new.summary
    if all(was.get(key) == comes.get(key) for key in ("server", "images", "models", "served")):
        return Way.ALIASES
    claims = {pool.claim for pool in before.pools}
    stay = all(pool.claim and pool.claim in claims for pool in after.pools)
    return Way.FILE if stay and old.server == new.server else Way.DOWNLOAD


def told(way: Way, plan: StackPlan) -> Iterator[str]:
    """Yield what a rollback costs, a line each: bytes, restarts, downtime and time."""
    size = decimal(plan.download_bytes, exact=all(one.exact for one in plan.models))
    match way:
        case Way.ALIASES:
            yield f"way: {way}; no download"
        case Way.FILE:
            worst = f" ({size} if a claim was emptied)" if plan.download_bytes else ""
            yield f"way: {way}; the weights it served are still on the claims: 0 to fetch{worst}"
        case Way.DOWNLOAD:
            yield f"way: {way}; {size} of weights to fetch, and images that nodes no longer have"
    pools = [one.pool for one in plan.rollouts]
    if not pools:
        yield "restart: none"
        return
    down = sorted({one.pool for one in plan.models if one.downtime})
    away = f"downtime in {listed(down, 'pool', _MOST)}" if down else "no downtime"
    most = minutes(max(one.seconds for one in plan.rollouts))
    yield f"restart: {listed(pools, 'pool', _MOST)}; {away}; at most {most} once weights are there"


def counts(plan: StackPlan) -> str:
    """Return how many models a rollback changes."""
    kinds = [one.change for one in plan.models if not one.alias]
    said = [
        f"{counted(kinds.count(kind), 'model')} {kind}"
        for kind in ModelChangeKind
        if kind is not ModelChangeKind.UNCHANGED and kind in kinds
    ]
    return ", ".join(said) or "no model changes"


ROLLOUTS = "rollouts.argoproj.io"
_LONGEST_WHY = 200


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How the rollout of a served model stands: not ended yet, aborted, or healthy."""

    name: str
    has_ended: bool
    why: str = ""

    @property
    def is_aborted(self) -> bool:
        """Return whether the version before serves, and Git says another one."""
        return self.has_ended and bool(self.why)


def endings(declared: Mapping[str, str], rollouts: Sequence[Mapping[str, Any]]) -> Iterator[Ending]:
    """Yield how the rollout of each served model stands, whose digest is declared by its name.

    One of another version says nothing: what is declared now has yet to reach the cluster, and
    what was aborted then is not what would be rolled back.
    """
    known = {one["metadata"].get("labels", {}).get(SERVED): one for one in rollouts}
    for name, digest in declared.items():
        rollout = known.get(name, dict[str, Any]())
        status: Mapping[str, Any] = rollout.get("status", {})
        seen = str(rollout.get("metadata", {}).get("generation"))
        if digest not in declared_digests(rollout) or status.get("observedGeneration") != seen:
            yield Ending(name=name, has_ended=False, why="the cluster does not have it yet")
        elif status.get("abort"):
            why = printable(str(status.get("message") or "it was aborted by hand"))
            yield Ending(name=name, has_ended=True, why=why[:_LONGEST_WHY])
        elif status.get("phase") == "Healthy":
            yield Ending(name=name, has_ended=True)
        else:
            why = printable(str(status.get("message") or status.get("phase")))
            yield Ending(name=name, has_ended=False, why=why[:_LONGEST_WHY])


def blame(names: Iterable[str], old: Release, new: Release) -> None:
    """Refuse to go back from one release to another for rollouts of what both serve alike.

    Raises:
        RefusedError: what was aborted is another change, which would still be in Git.
    """
    for name in names:
        if name in new.served and old.served.get(name) == new.served[name]:
            cause = f"serves the same version of {name}: its rollout was aborted for another change"
            cure = "find what changed its pods since, such as its memory, and revert that commit"
            raise refusal(f"release {short(new.digest)}", cause, cure)


def declared_digests(rollout: Mapping[str, Any]) -> list[str]:
    """Return the digests that the pods of a workload are told, or that a pod is."""
    spec: Mapping[str, Any] = rollout.get("spec", {})
    pod: Mapping[str, Any] = spec.get("template", {}).get("spec", spec)
    containers: list[dict[str, Any]] = pod.get("containers", [])
    variables = (one for container in containers for one in container.get("env", []))
    return [str(one.get("value")) for one in variables if one.get("name") == DIGEST]


def keys_back(now: Document, then: Document) -> list[str]:
    """Return the keys of a stack file that come back with an older one."""
    one, other = _config(now), _config(then)
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _config(document: Document) -> Mapping[str, Value]:
    config = document.value.get("config")
    return config if isinstance(config, dict) else {}


def unobtainable(stack: str, digest: str, error: RefusedError) -> RefusedError:
    """Return the refusal to go back to a release that could no longer be served."""
    cause = f"cannot be served any more: {error.problems[0].cause}"
    return refusal(f"release {short(digest)} of {stack}", cause, "choose another one with --to")
