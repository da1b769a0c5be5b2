"""Pools that read the claim of another pool: who lends to whom, and why one cannot."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from components.pool.pool import Pool
from documents.validation import Finding
from settings.config import PROJECT
from settings.pool.storage import Access
from settings.stack.stack import StackSettings


def shared(pools: Sequence[Pool]) -> tuple[Pool, ...]:
    """Return the pools, in their order, each knowing who lends to it and who reads along."""
    guests: dict[str | None, list[Pool]] = {}
    for pool in pools:
        guests.setdefault(pool.settings.storage.lender, []).append(pool)
    lenders = {
        pool.name: replace(pool, guests=tuple(guests.get(pool.name, ())))
        for pool in guests.get(None, ())
    }
    return tuple(_member(pool, lenders) for pool in pools)


def _member(pool: Pool, lenders: dict[str, Pool]) -> Pool:
    name = pool.settings.storage.lender
    return replace(pool, lender=lenders[name]) if name else lenders[pool.name]


def strange_lenders(settings: StackSettings) -> Iterator[Finding]:
    """Yield pools that read the claim of one that is not there, or has none to lend."""
    for name, pool in settings.pools.items():
        lender = pool.storage.lender
        if lender is None:
            continue
        path = ("config", f"{PROJECT}:pools", name, "storage", "from")
        owners = [
            other
            for other, one in settings.pools.items()
            if one.storage.lender is None and not one.storage.images
        ]
        if lender not in owners:
            # A chain or a circle ends here as well: whoever lends has a claim of its own.
            cause = f"{lender} is no pool with a claim of its own"
            known = f"use one of {', '.join(owners)}" if owners else "give it a claim"
            yield path, cause, known
        elif settings.pools[lender].storage.access is Access.ONE_NODE and pool.most > 1:
            cause = (
                f"{lender} has a claim that one node at a time can hold, {name} has several pods"
            )
            cure = f"give {lender} a ReadWriteMany claim, or {name} one pod and no surge"
            yield path, cause, cure
