"""A distributed pool as in a stack file: tests of its parts share it."""

from typing import Any

from components.pool.pool import Pool
from settings.pool.distributed import DistributedSettings
from tests.samples import pool


def distributed_fields(**changes: Any) -> dict[str, Any]:
    """Return the key `distributed` of a pool."""
    return {
        "workers": 2,
        "registrationToken": {"secret": "llm", "key": "token"},
        "hashSecret": {"secret": "llm", "key": "hash"},
        "database": {"url": {"secret": "llm", "key": "url"}, "namespace": "databases"},
        "nats": {
            "address": "nats://nats.messaging.svc:4222",
            "namespace": "messaging",
            "accountSeed": {"secret": "llm", "key": "seed"},
            "serviceJwt": {"secret": "llm", "key": "jwt"},
            "serviceSeed": {"secret": "llm", "key": "service-seed"},
        },
        **changes,
    }


def distributed_pool(distributed: dict[str, Any] | None = None, **fields: Any) -> Pool:
    """Return a pool of two front ends and two workers with a GPU, with further keys of a pool."""
    stack_fields: dict[str, Any] = {"router": {}, **fields.pop("stack_fields", {})}
    known: dict[str, Any] = {"replicas": 2, "gpu": "nvidia-l4", **fields}
    return pool(distributed=distributed or distributed_fields(), stack_fields=stack_fields, **known)


def distributed_settings(found: Pool) -> DistributedSettings:
    """Return what a distributed pool says of its workers."""
    settings = found.settings.distributed
    assert settings
    return settings
