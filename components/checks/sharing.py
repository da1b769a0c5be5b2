"""Pools that read the claim of another pool: who lends to whom, and why one cannot."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from components.parts.context import Context
from components.pool.pool import Pool
from documents.problem import Problem
from documents.rule import Rule
from settings.pool.storage import Access


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


def _owners(context: Context) -> list[str]:
    """Return the pools with a claim; a chain or a circle of lenders has none in its middle."""
    pools = context.settings.pools.items()
    return [name for name, one in pools if not one.storage.lender and not one.storage.images]


def _lenders_without_a_claim(context: Context) -> Iterator[Problem]:
    owners = _owners(context)
    for name, pool in context.settings.pools.items():
        lender = pool.storage.lender
        if lender is not None and lender not in owners:
            yield Problem(
                path=("pools", name, "storage", "from"),
                cause=f"{lender} is not a pool with a claim of its own",
                cure=f"use one of {', '.join(owners)}" if owners else "give it a claim",
            )


def _lenders_for_one_node(context: Context) -> Iterator[Problem]:
    pools = context.settings.pools
    for name, pool in pools.items():
        lender = pool.storage.lender
        if lender is None or lender not in _owners(context):
            continue
        several = pool.most > 1 or pool.distributed
        if pools[lender].storage.access is Access.ONE_NODE and several:
            alone = "" if pool.distributed else f", or {name} one pod and no surge"
            yield Problem(
                path=("pools", name, "storage", "from"),
                cause=f"{lender} has a claim that one node at a time can hold, {name} has several "
                "pods",
                cure=f"give {lender} a ReadWriteMany claim{alone}",
            )


# Where one of these is broken, no pool knows what it shares.
LENDER_RULES: tuple[Rule[Context], ...] = (
    Rule(
        id="lender-has-a-claim",
        key="pools.*.storage.from",
        sentence="A pool reads the claim of a pool that has one of its own.",
        cure="name a pool with a claim of its own",
        judge=_lenders_without_a_claim,
    ),
    Rule(
        id="lent-claim-holds-the-pods",
        key="pools.*.storage.from",
        sentence="A pool of several pods reads a claim for many nodes.",
        cure="use a ReadWriteMany claim, or one pod and no surge",
        judge=_lenders_for_one_node,
    ),
)
