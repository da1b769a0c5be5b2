"""What a router's settings ask of models that only their definitions can refuse."""

from collections.abc import Iterable, Iterator

from components.pool.pool import Pool
from documents.problem import KeyPath
from documents.validation import Finding
from models.definition import Kind
from settings.config import PROJECT
from settings.router import RouterSettings
from settings.stack.stack import StackSettings


def router_findings(settings: StackSettings, pools: Iterable[Pool]) -> Iterator[Finding]:
    """Yield waits beyond the longest answer, and fallbacks that answer in another kind."""
    if settings.router is None:
        return
    yield from _too_long(settings.router, settings.server.longest_answer)
    kinds = {name: kind for pool in pools for name, kind in _kinds(pool)}
    for model, others in settings.router.fallbacks.items():
        path = ("config", f"{PROJECT}:router", "fallbacks", model)
        for other in others:
            wanted, given = kinds.get(model), kinds.get(other)
            if wanted and given and wanted is not given:
                cause = f"{model} is for {wanted} and falls back to {other}, which is for {given}"
                yield path, cause, f"name a model for {wanted}"


def _too_long(router: RouterSettings, answer: int) -> Iterator[Finding]:
    for place, seconds in _waits(router):
        if seconds and seconds > answer:
            cause = (
                f"is {seconds}, but a pod that ends serves on for {answer} s: the longest answer"
            )
            cure = f"use at most {answer}, or raise longestAnswer under {PROJECT}:server"
            yield ("config", f"{PROJECT}:router", *place), cause, cure


def _waits(router: RouterSettings) -> Iterator[tuple[KeyPath, int | None]]:
    if "stream_timeout" in router.model_fields_set:
        yield ("streamTimeout",), router.stream_timeout
    for name, route in router.models.items():
        yield ("models", name, "timeout"), route.timeout
        yield ("models", name, "streamTimeout"), route.stream_timeout


def _kinds(pool: Pool) -> Iterator[tuple[str, Kind]]:
    models = {model.name: model.kind for model in pool.models}
    yield from models.items()
    for alias, target in pool.settings.aliases.items():
        yield alias, models[target]
