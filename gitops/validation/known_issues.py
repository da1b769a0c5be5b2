"""The known issues of a stack's LocalAI version that apply to its pools, as notes of `check`."""

from collections.abc import Iterator

from documents.problem import Problem
from gitops.planning.rendering.rendering import ModelRecord, PoolRecord, Rendering
from localai.release import Circumstances, KnownIssue
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
