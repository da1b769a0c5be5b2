"""What a router is made from."""

from dataclasses import dataclass

from components.parts.context import Context
from components.pool.pool import Pool
from settings.router import RouterSettings


@dataclass(frozen=True, kw_only=True)
class RouterArgs:
    """A stack, what it says of its router, and the pools behind it."""

    context: Context
    settings: RouterSettings
    pools: tuple[Pool, ...]
