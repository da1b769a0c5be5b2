"""The catalog, and which pools of which stacks use it."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.definition import Definition


@dataclass(frozen=True, kw_only=True)
class PoolUse:
    """What one pool takes from the catalog; `aliases` are the other names it answers to."""

    stack: str
    pool: str
    models: tuple[str, ...]
    aliases: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CatalogUses:
    """Definitions by name and their uses; `whole` where the uses are those of every stack."""

    definitions: Mapping[str, Definition]
    uses: tuple[PoolUse, ...]
    whole: bool = True
