"""Requests and limits: a node promises nothing twice, and nothing to somebody else."""

from collections.abc import Iterator
from typing import Any

from documents.quantity import amount
from gitops.validation.rules.pods import containers, named
from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.values import at, fields


def _unset(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        for kind in ("requests", "limits"):
            known = fields(at(container, "resources", kind))
            missing = [name for name in ("cpu", "memory") if amount(known.get(name)) is None]
            if missing:
                yield f"{named(container)} has no {' and no '.join(missing)} in its {kind}"


def _torn_memory(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        request, limit = _both(container, "memory")
        if None not in (request, limit) and amount(request) != amount(limit):
            yield f"{named(container)} requests {request} of memory but may take {limit}"


def _torn_devices(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        requests = fields(at(container, "resources", "requests"))
        for name in sorted({*requests, *fields(at(container, "resources", "limits"))}):
            request, limit = _both(container, name)
            # Resources of Kubernetes itself have no domain in front.
            if "/" in name and amount(request) != amount(limit):
                yield f"{named(container)} requests {request} of {name}, and its limit is {limit}"


def _both(container: Manifest, name: str) -> tuple[Any, Any]:
    return at(container, "resources", "requests", name), at(container, "resources", "limits", name)


RULES = (
    ObjectRule(
        id="resources-set",
        sentence="Every container has requests and limits for CPU and memory.",
        reason="Without them the scheduler fills a node until it evicts the servers on it.",
        cure="add `resources.requests` and `resources.limits`",
        judge=_unset,
    ),
    ObjectRule(
        id="memory-request-is-limit",
        sentence="A container requests as much memory as it may take.",
        reason="Memory beyond the request is lent: the kernel kills a server that is loading.",
        cure="write the same amount in both",
        judge=_torn_memory,
    ),
    ObjectRule(
        id="gpu-request-is-limit",
        sentence="A container requests as many GPUs as its limit says.",
        reason="Devices are never lent; the API server refuses anything else, but only at apply.",
        cure="write the same count in both",
        judge=_torn_devices,
    ),
)
