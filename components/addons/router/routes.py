"""Routes: each name that clients may send, and the pools that answer it; of no router's format."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.pool.pool import Pool
from components.server.local_ai import address
from models.definition import Definition, Kind


@dataclass(frozen=True, kw_only=True)
class Route:
    """One name at one pool; `address` is the URL there, up to and with /v1.

    `context` is how many tokens the question and its answer may have together, where known.
    """

    name: str
    pool: str
    address: str
    kind: Kind
    context: int | None = None

    @property
    def identity(self) -> str:
        """Return what tells it from the same name at another pool; a pool's name has no dot."""
        return f"{self.pool}.{self.name}"


def routes(pools: Iterable[Pool]) -> tuple[Route, ...]:
    """Return a route for each model and alias of each pool, sorted by name, then by pool."""
    found = [
        Route(
            name=name,
            pool=pool.name,
            address=address(pool),
            kind=model.kind,
            context=model.context_size,
        )
        for pool in pools
        for name, model in _models(pool).items()
    ]
    return tuple(sorted(found, key=lambda route: (route.name, route.pool)))


def pools_by_name(found: Iterable[Route]) -> Mapping[str, list[str]]:
    """Return the pools that answer each name."""
    pools: dict[str, list[str]] = {}
    for route in found:
        pools.setdefault(route.name, []).append(route.pool)
    return pools


def _models(pool: Pool) -> Mapping[str, Definition]:
    models = {model.name: model for model in pool.models}
    aliases = {alias: models[target] for alias, target in pool.settings.aliases.items()}
    return {**models, **aliases}
