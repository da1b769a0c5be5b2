"""Fields that exclude each other never take turns on one object.

The provider creates an object with one field manager and hands its fields over in the first real
update, so a preview before that merges the old and the new side of a pair, which the API server
refuses.
"""

import copy
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest

from components.parts.part import Manifest
from gitops.planning.notes.exclusive import turns
from stack import stack_parts
from tests.components.distributed_pool import distributed_fields
from tests.samples import KEY, keys, manifests, pool_fields, stack

Config = dict[str, Any]


def flips(before: Sequence[Manifest], after: Sequence[Manifest]) -> list[str]:
    """Return where an object of both goes from one side to the other."""
    olds, news = (
        {(one["kind"], one["metadata"]["name"]): one for one in found} for found in (before, after)
    )
    return [turn for key in olds.keys() & news.keys() for turn in turns(olds[key], news[key])]


def pool(**fields: Any) -> Callable[[Config], object]:
    """Return the edit that sets keys of the first pool."""
    return lambda config: config["pools"]["chat"].update(fields)


def stack_keys(**fields: Any) -> Callable[[Config], object]:
    """Return the edit that sets keys of a stack."""
    return lambda config: config.update(fields)


def lent(config: Config) -> None:
    config["pools"]["lender"] = pool_fields(models=["qwen3-1.7b"], storage=MANY)
    config["pools"]["chat"]["storage"] = {"from": "lender"}


def distributed(workers: int) -> Callable[[Config], object]:
    def edit(config: Config) -> None:
        fields = {"replicas": 2, "distributed": distributed_fields(workers=workers)}
        config["pools"]["chat"].update(fields)
        config["router"] = {}

    return edit


def scaled(low: int, **target: Any) -> Callable[[Config], object]:
    def edit(config: Config) -> None:
        config["scaling"] = {"prometheus": "http://prometheus", "gpus": {"nvidia-l4": 20}}
        config.update({"router": {}} if low == 0 else {})
        config["pools"]["chat"]["scaling"] = {"min": low, "max": 4, **target}

    return edit


MANY = {"size": "100Gi", "access": "ReadWriteMany"}
VAULT = {"store": {"name": "vault", "kind": "SecretStore"}, "remoteKey": "localai"}
INGRESS = {
    "kind": "ingress", "host": "a.example.org", "ingressClass": "nginx", "from": ["nginx"],
    "tls": {"secret": "certificate"},
}  # fmt: skip
EDITS: dict[str, Callable[[Config], object]] = {
    "as it is": lambda _: None,
    "parked": pool(replicas=0),
    "two pods": pool(replicas=2),
    "surge": pool(replicas=2, surge=1),
    "one node": pool(storage={"size": "100Gi", "access": "ReadWriteOnce"}),
    "another class": pool(storage={**MANY, "class": "fast"}),
    "somebody's claim": pool(storage={"existing": "theirs"}),
    "a claim that is lent": lent,
    "a cache": pool(storage={**MANY, "cache": {"size": "20Gi"}}),
    "a GPU": pool(gpu="nvidia-l4"),
    "a claimed GPU": pool(gpu="nvidia-l4", gpuClaim={"count": 1}),
    "a share of a GPU": pool(gpu="nvidia-l4", gpuShare={"kind": "mps", "of": 2}),
    "distributed": distributed(2),
    "one worker": distributed(1),
    "by CPU": scaled(1, cpu=70),
    "by a metric": scaled(2, metric={"name": "requests_in_service", "value": 4}),
    "asleep": scaled(0, requests=4),
    "surge and scaled": lambda config: [scaled(1, cpu=70)(config), pool(surge=1)(config)],
    "two models": pool(models=["qwen3-0.6b", "qwen3-1.7b"], active=1),
    "a priority": pool(scheduling={"priorityClass": "serving", "queue": "models"}),
    "an address": pool(addresses={"llm": {"port": 80}}),
    "another port": pool(addresses={"llm": {"port": 8080}}),
    "a fixed address": pool(addresses={"llm": {"port": 80, "clusterIP": "10.201.77.7"}}),
    "an earlier server": stack_keys(server={"version": "v4.8.2"}),
    "engines from images": stack_keys(server={"version": "v4.9.0", "engines": "image-volume"}),
    "another key": stack_keys(apiKey={"generated": 1}),
    "two keys": stack_keys(apiKey={"generated": 0, "also": {"generated": 1}}),
    "keys of both kinds": stack_keys(apiKey={"generated": 0, "also": KEY}),
    "a key of theirs": stack_keys(apiKey=KEY),
    "a key from a store": stack_keys(apiKey={"external": VAULT}),
    "a router": stack_keys(router={}),
    "a router with keys": stack_keys(
        router={"replicas": 3, "masterKey": KEY, "keys": {"app": {**KEY, "models": []}}}
    ),
    "monitoring": stack_keys(monitoring={}),
    "monitoring and a router": stack_keys(monitoring={}, router={}),
    "a quota": stack_keys(quota="declared"),
    "an ingress": stack_keys(router={}, exposure=INGRESS),
    "an ingress with a certificate": stack_keys(
        router={}, exposure={**INGRESS, "tls": {"issuer": "letsencrypt"}}
    ),
    "a gateway": stack_keys(
        router={},
        exposure={
            "kind": "gateway", "host": "a.example.org",
            "gateway": {"name": "public", "namespace": "gateways"},
        },
    ),
    "a load balancer": stack_keys(
        router={},
        exposure={"kind": "loadBalancer", "plaintext": True, "networks": ["192.0.2.0/24"]},
    ),
    "a proxy and trust": stack_keys(
        proxy={"url": "http://proxy.example.com:3128", "networks": ["10.9.0.0/24"]},
        trust={"configMap": "authorities", "key": "bundle.pem"},
    ),
    "a mirror with a login": stack_keys(registry={"pullSecret": "registry"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def edited() -> dict[str, list[Manifest]]:
    return {name: objects_of(edit) for name, edit in EDITS.items()}


def objects_of(edit: Callable[[Config], object]) -> list[Manifest]:
    """Return the objects of a small stack after an edit."""
    config = copy.deepcopy(keys({"chat": pool_fields(storage=MANY)}))
    edit(config)
    known = {key: value for key, value in config.items() if key != "pools"}
    return manifests(stack_parts(*stack(config["pools"], **known)))


@pytest.mark.thorough
def test_no_edit_of_a_stack_takes_turns_of_excluding_fields(edited: dict[str, list[Manifest]]):
    found = {
        (one, other): told
        for one, other in permutations(edited, 2)
        if (told := flips(edited[one], edited[other]))
    }

    assert found == {}
