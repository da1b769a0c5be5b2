from typing import Any

import pytest
from pydantic import ValidationError

from settings.config import SettingsError
from settings.pool.distributed import Nats
from tests.components.distributed_pool import distributed_fields
from tests.samples import pool_fields, settings


def stack(distributed: dict[str, Any] | None = None, **fields: Any):
    known = {"replicas": 2, "distributed": distributed or distributed_fields(), **fields}
    return settings({"chat": pool_fields(**known)})


def test_a_distributed_pool_names_its_workers_and_what_they_share():
    found = stack().pools["chat"]

    assert found.distributed
    assert found.distributed.workers == found.computing == 2
    assert found.distributed.nats.port == 4222


def test_a_pool_without_workers_computes_itself():
    assert settings().pools["chat"].computing == 1


def test_a_parked_pool_computes_nothing():
    storage = {"size": "9Gi", "access": "ReadWriteMany"}
    found = stack(replicas=0, storage=storage).pools["chat"]

    assert found.computing == found.holding == 0


@pytest.mark.parametrize("key", ["registrationToken", "hashSecret", "database", "nats"])
def test_nothing_that_keeps_strangers_out_may_be_left_out(key: str):
    fields = distributed_fields()
    del fields[key]

    with pytest.raises(ValidationError, match=f"{key}\n.*Field required"):
        stack(fields)


@pytest.mark.parametrize("key", ["accountSeed", "serviceJwt", "serviceSeed"])
def test_nats_is_never_anonymous(key: str):
    nats = distributed_fields()["nats"]
    del nats[key]

    with pytest.raises(ValidationError, match=f"{key}\n.*Field required"):
        stack(distributed_fields(nats=nats))


def test_there_is_at_least_one_worker():
    with pytest.raises(ValidationError, match="workers"):
        stack(distributed_fields(workers=0))


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        (
            {"replicas": 1, "storage": {"size": "9Gi"}},
            "is distributed, but one node at a time can hold its claim",
        ),
        (
            {"storage": {"size": "9Gi", "access": "ReadWriteMany", "cache": {"size": "9Gi"}}},
            "copies its weights into each pod",
        ),
    ],
)
def test_what_cannot_go_together_refuses(fields: dict[str, Any], cause: str):
    with pytest.raises(SettingsError, match=cause):
        stack(**fields)


def test_an_autoscaler_would_count_the_wrong_pods():
    scaling = {"min": 1, "max": 3, "cpu": 60}
    fields = pool_fields(distributed=distributed_fields(), scaling=scaling)
    fields["storage"]["access"] = "ReadWriteMany"

    with pytest.raises(SettingsError, match="would count front ends"):
        settings({"chat": fields})


def test_two_pools_have_two_registries():
    one = pool_fields(replicas=2, distributed=distributed_fields())

    with pytest.raises(SettingsError, match="share a registry of workers in llm"):
        settings({"chat": one, "words": one})


def test_pods_may_call_only_what_is_somewhere():
    nats = {**distributed_fields()["nats"]}
    del nats["namespace"]

    with pytest.raises(ValidationError, match="is nowhere"):
        stack(distributed_fields(nats=nats))
    assert stack(distributed_fields(nats={**nats, "networks": ["10.1.0.0/16"]}))


@pytest.mark.parametrize(
    "address", ["nats://user:secret@nats:4222", "http://nats:4222", "nats://nats", "nats://n:0"]
)
def test_the_address_of_nats_has_a_port_and_no_password(address: str):
    with pytest.raises(ValidationError):
        Nats.model_validate({**distributed_fields()["nats"], "address": address})


@pytest.mark.parametrize("key", ["p2p", "p2pToken", "federated", "P2P_NETWORK_ID", "swarm"])
def test_peer_to_peer_is_refused_with_the_reason(key: str):
    with pytest.raises(ValidationError, match="whoever has its token joins, from anywhere"):
        settings({"chat": pool_fields(**{key: "x"})})


def test_what_is_no_mapping_is_left_to_the_schema():
    with pytest.raises(ValidationError, match=r"chat\n.*should be a valid dictionary"):
        settings({"chat": "text"})
