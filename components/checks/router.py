"""What a router's settings ask of models that only their definitions can refuse."""

from collections.abc import Iterator, Sequence

from components.checks.acceptance import kinds
from components.parts.context import Context
from components.pool.pool import Pool
from documents.problem import KeyPath, Problem
from documents.rule import Rule
from settings.config import PROJECT
from settings.router import RouterSettings


def _long_waits(context: Context) -> Iterator[Problem]:
    answer = context.settings.server.longest_answer
    for path, seconds in _waits(context.settings.router) if context.settings.router else ():
        if seconds and seconds > answer:
            yield Problem(
                path=path,
                cause=f"is {seconds}, but a pod that ends serves on for {answer} s: the longest "
                "answer",
                cure=f"use at most {answer}, or raise longestAnswer under {PROJECT}:server",
            )


def _waits(router: RouterSettings) -> Iterator[tuple[KeyPath, int | None]]:
    if "stream_timeout" in router.model_fields_set:
        yield ("router", "streamTimeout"), router.stream_timeout
    for name, route in router.models.items():
        yield ("router", "models", name, "timeout"), route.timeout
        yield ("router", "models", name, "streamTimeout"), route.stream_timeout


def _fallbacks_of_another_kind(pools: Sequence[Pool]) -> Iterator[Problem]:
    router = pools[0].context.settings.router
    known = kinds(pools)
    for model, others in router.fallbacks.items() if router else ():
        for index, other in enumerate(others):
            if known[model] is not known[other]:
                yield Problem(
                    path=("router", "fallbacks", model, index),
                    cause=f"{model} is for {known[model]} and falls back to {other}, which is for "
                    f"{known[other]}",
                    cure=f"name a model for {known[model]}",
                )


WAIT_RULES: tuple[Rule[Context], ...] = (
    Rule(
        id="router-waits-no-longer-than-a-pod",
        key="router.streamTimeout",
        sentence="The router waits at most as long as a pod that ends goes on serving.",
        cure="use a shorter time",
        judge=_long_waits,
    ),
)
FALLBACK_RULES: tuple[Rule[Sequence[Pool]], ...] = (
    Rule(
        id="fallback-is-of-one-kind",
        key="router.fallbacks.*",
        sentence="A model falls back to one that is for the same kind of request.",
        cure="name a model for the same kind of request",
        judge=_fallbacks_of_another_kind,
    ),
)
