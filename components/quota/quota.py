"""The quota of a stack's namespace: what its objects take at most, and the room it declares."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from lightkube.models.core_v1 import (
    LimitRange,
    LimitRangeItem,
    LimitRangeSpec,
    ResourceQuota,
    ResourceQuotaSpec,
)

from components.engine.component import Component
from components.engine.declaration import Declaration, declare, parts_of
from components.parts.context import Context
from components.parts.labels import metadata
from components.parts.part import Part, object_part
from components.quota.usage import CLAIMS, STORAGE, needs
from documents.quantity import bytes_text, count_text, quantity

NAME = "localai"
_CPU, _MEMORY = "requests.cpu", "requests.memory"
_BYTES = (_MEMORY, STORAGE)
# A pod that asks for nothing would be refused under a quota: it is counted as this much.
_ASSUMED = {"cpu": "100m", "memory": "256Mi"}


@dataclass(frozen=True, kw_only=True)
class QuotaArgs:
    """The stack, and the most its objects take, by the names a quota has for it."""

    context: Context
    needs: Mapping[str, Fraction]


def resource_quota(args: QuotaArgs) -> ResourceQuota:
    """Return the quota; kinds of GPUs that the stack does not use are closed."""
    amounts = hard(args)
    return ResourceQuota(
        metadata=metadata(args.context, NAME, {}),
        spec=ResourceQuotaSpec(
            hard={
                name: bytes_text(amount) if name in _BYTES else count_text(amount)
                for name, amount in sorted(amounts.items())
            }
        ),
    )


def hard(args: QuotaArgs) -> dict[str, Fraction]:
    """Return the limits: cores, bytes, GPUs and claims."""
    known = args.context.profiles.values()
    unused = {f"requests.{profile.resource}": Fraction(0) for profile in known}
    return {
        name: amount + _extra(args.context, name, amount)
        for name, amount in {**unused, **_counted(args.needs)}.items()
    }


def _counted(needs: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Return the needs that a quota limits: scratch space is the nodes' affair."""
    named = {CLAIMS, STORAGE, _CPU, _MEMORY}
    nothing = dict.fromkeys(named, Fraction(0))
    devices = {name: amount for name, amount in needs.items() if "/" in name}
    return {**nothing, **{name: needs[name] for name in needs if name in named}, **devices}


def _extra(context: Context, name: str, needed: Fraction) -> Fraction:
    quota = context.settings.quota
    if quota is None:
        return Fraction(0)
    room = {
        _CPU: Fraction(quota.extra_cpu),
        _MEMORY: quantity(quota.extra_memory or 0),
        STORAGE: quantity(quota.extra_storage or 0),
        CLAIMS: Fraction(quota.extra_claims + len(context.settings.unsized_claims)),
    }
    return room.get(name, Fraction(quota.extra_gpus if needed else 0))


def limit_range(context: Context) -> LimitRange:
    """Return what is assumed of a container that asks for nothing; none of ours does."""
    assumed = LimitRangeItem(type="Container", defaultRequest=dict(_ASSUMED))
    return LimitRange(metadata=metadata(context, NAME, {}), spec=LimitRangeSpec(limits=[assumed]))


class Quota(Component[QuotaArgs]):
    """The quota of a stack."""

    token = "localai:components:Quota"

    @staticmethod
    def parts(name: str, args: QuotaArgs) -> tuple[Part, ...]:
        """Return the quota and what it assumes."""
        return (
            object_part(f"{name}-limits", resource_quota(args)),
            object_part(f"{name}-assumed", limit_range(args.context)),
        )


def limited(context: Context, found: Iterable[Declaration]) -> Iterator[Declaration]:
    """Yield the quota that holds what is declared, if any, then that: less would refuse pods."""
    if context.settings.quota is None:
        yield from found
        return
    known = tuple(found)
    namespace = context.settings.namespace
    inside = (
        part.manifest
        for part in parts_of(known)
        if part.manifest and part.manifest["metadata"]["namespace"] == namespace
    )
    args = QuotaArgs(context=context, needs=needs(inside))
    yield declare(Quota, "quota", args)
    for one in known:
        yield replace(one, depends_on=("quota", *one.depends_on))
