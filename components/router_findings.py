"""What a router's settings ask of models that only their definitions can refuse."""

from collections.abc import Iterable, Iterator

from components.pool import Pool
from documents.validation import Finding
from models.definition import Kind
from settings.config import PROJECT
from settings.stack import StackSettings


def router_findings(settings: StackSettings, pools: Iterable[Pool]) -> Iterator[Finding]:
    """Yield fallbacks that would answer in another kind: an image model for a chat."""
    if settings.router is None:
        return
    kinds = {name: kind for pool in pools for name, kind in _kinds(pool)}
    for model, others in settings.router.fallbacks.items():
        path = ("config", f"{PROJECT}:router", "fallbacks", model)
        for other in others:
            wanted, given = kinds.get(model), kinds.get(other)
            if wanted and given and wanted is not given:
                cause = f"{model} is for {wanted} and falls back to {other}, which is for {given}"
                yield path, cause, f"name a model for {wanted}"


def _kinds(pool: Pool) -> Iterator[tuple[str, Kind]]:
    models = {model.name: model.kind for model in pool.models}
    yield from models.items()
    for alias, target in pool.settings.aliases.items():
        yield alias, models[target]
