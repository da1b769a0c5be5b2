"""The known issues of LocalAI versions: as notes of `check`, and as a page."""

from collections.abc import Iterable, Iterator

from documents.problem import Problem
from gitops.planning.rendering.rendering import ModelRecord, PoolRecord, Rendering
from localai.release import Circumstances, KnownIssue, Server
from localai.server import SERVERS, server
from settings.exposure import ExposureKind
from settings.stack.stack import StackSettings

# Of every version: a stack may waive a note that it has read.
IDS = frozenset(issue.id for one in SERVERS.values() for issue in one.known_issues if issue.applies)


def known_issue_problems(settings: StackSettings, rendering: Rendering) -> Iterator[Problem]:
    """Yield a note for each known issue that applies to pools of a stack, and name the pools."""
    pools = {pool.name: circumstances(settings, pool) for pool in rendering.pools}
    for issue in server(rendering.server).known_issues:
        concerned = [name for name, one in pools.items() if issue.applies and issue.applies(one)]
        if concerned:
            yield _note(issue, rendering.stack, concerned)


def circumstances(settings: StackSettings, pool: PoolRecord) -> Circumstances:
    """Return what a stack declares of one pool, as far as known issues ask."""
    declared, router = settings.pools[pool.name], settings.router
    outside = _is_exposed(settings, pool.name)
    past_router = declared.distributed is None and (router is None or router.direct)
    return Circumstances(
        models=declared.models,
        penalized=frozenset(one.name for one in pool.models if _penalty(one)),
        kinds=frozenset(model.kind for model in pool.models),
        active=declared.active or len(declared.models),
        pods=declared.largest,
        distributed=declared.distributed is not None,
        routed=router is not None,
        direct=past_router and (outside or bool(settings.network.clients)),
        outside=outside,
        monitored=settings.monitoring is not None,
        checked=settings.monitoring is not None and settings.monitoring.model_check,
    )


def _penalty(model: ModelRecord) -> float:
    return model.entry["parameters"].get("presence_penalty", 0)


def _is_exposed(settings: StackSettings, pool: str) -> bool:
    exposure = settings.exposure
    return bool(
        exposure
        and exposure.kind is not ExposureKind.CLUSTER
        and settings.router is None
        and exposure.pool == pool
    )


def _note(issue: KnownIssue, stack: str, pools: list[str]) -> Problem:
    return Problem(
        rule=issue.id,
        stack=stack,
        object=f"pool{'s' if len(pools) > 1 else ''} {', '.join(pools)}",
        cause=issue.sentence[0].lower() + issue.sentence[1:].removesuffix("."),
        cure=issue.cure,
        refuses=False,
    )


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
