"""Routes: each name that clients may send, and the pools that answer it; of no router's format."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.local_ai import address
from components.pool import Pool
from models.definition import Kind


@dataclass(frozen=True, kw_only=True)
class Route:
    """One name at one pool; `address` is the URL there, up to and with /v1."""

    name: str
    pool: str
    address: str
    kind: Kind

    @property
    def identity(self) -> str:
        """Return what tells it from the same name at another pool; a pool's name has no dot."""
        return f"{self.pool}.{self.name}"


def routes(pools: Iterable[Pool]) -> tuple[Route, ...]:
    """Return a route for each model and alias of each pool, sorted by name, then by pool."""
    found = [
        Route(name=name, pool=pool.name, address=address(pool), kind=kind)
        for pool in pools
        for name, kind in _kinds(pool).items()
    ]
    return tuple(sorted(found, key=lambda route: (route.name, route.pool)))


def pools_by_name(found: Iterable[Route]) -> Mapping[str, list[str]]:
    """Return the pools that answer each name."""
    pools: dict[str, list[str]] = {}
    for route in found:
        pools.setdefault(route.name, []).append(route.pool)
    return pools


def _kinds(pool: Pool) -> Mapping[str, Kind]:
    models = {model.name: model.kind for model in pool.models}
    aliases = {alias: models[target] for alias, target in pool.settings.aliases.items()}
    return {**models, **aliases}
