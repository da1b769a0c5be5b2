"""A step of the way from the running LocalAI to its stack, and what all steps speak of."""

from dataclasses import dataclass

from gitops.adoption.pool import PoolDraft
from gitops.adoption.running import Running


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what it does and why, and the commands that do it."""

    title: str
    why: str
    commands: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Journey:
    """What the steps speak of: the stack, its import file, kubectl with its options, the pools."""

    stack: str
    import_file: str
    adopt: str
    kubectl: str
    found: Running
    pools: tuple[PoolDraft, ...]
