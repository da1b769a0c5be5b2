"""What a pool says of growth and of workers fits what is known of its server."""

from collections.abc import Iterator

from components.parts.context import Context
from components.pool import durations
from components.pool.pool import Pool
from components.server.model_list import preloaded_bytes
from documents.problem import Problem
from documents.rule import Rule
from localai.server import SERVERS


def _long_warm_up(pool: Pool) -> Iterator[Problem]:
    scaling = pool.settings.scaling
    budget = durations.startup(preloaded_bytes(pool))
    if scaling and scaling.warm_up_seconds > budget:
        yield Problem(
            cause=f"gives a pod {scaling.warm_up_seconds} s to warm up, but its start-up probe "
            f"ends it after {budget} s",
            cure=f"use at most {budget}",
        )


def _commanded_front_ends(context: Context) -> Iterator[Problem]:
    if context.settings.router is None:
        for name, pool in context.settings.pools.items():
            if pool.distributed:
                yield Problem(
                    path=("pools", name, "distributed"),
                    cause="has front ends that obey whoever has the servers' key: they drain "
                    "workers, unload models and store rules of scheduling",
                )


def _unknown_workers(context: Context) -> Iterator[Problem]:
    if context.server.distributed is not None:
        return
    known = ", ".join(one.version for one in SERVERS.values() if one.distributed)
    for name, pool in context.settings.pools.items():
        if pool.distributed:
            yield Problem(
                path=("pools", name, "distributed"),
                cause="needs a distributed mode, which is not known of LocalAI "
                f"{context.server.version}",
                cure=f"use one of {known} as localai:server.version, or delete it",
            )


SCALE_RULES: tuple[Rule[Pool], ...] = (
    Rule(
        id="warm-up-ends-before-the-probe",
        key="scaling.warmUpSeconds",
        sentence="A pod warms up before its start-up probe ends it.",
        cure="use a shorter time",
        judge=_long_warm_up,
    ),
)
DISTRIBUTED_RULES: tuple[Rule[Context], ...] = (
    Rule(
        id="router-guards-the-front-ends",
        key="pools.*.distributed",
        sentence="Callers reach the front ends of a distributed pool through a router.",
        cure="add `localai:router: {}`, whose keys only infer",
        judge=_commanded_front_ends,
    ),
    Rule(
        id="server-has-a-distributed-mode",
        key="pools.*.distributed",
        sentence="The distributed mode of the LocalAI version is known.",
        cure="use another version, or delete it",
        judge=_unknown_workers,
    ),
)
