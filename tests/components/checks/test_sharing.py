"""A pool reads the claim of another one that has one to lend, and that suits its pods."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.engine.declaration import parts_of
from components.parts.part import plain
from components.pool.placement import affinity, node_selector
from components.server.engines import Engines, folder, install_job
from components.weights.volumes import ModelStorage
from settings.config import SettingsError
from stack import declarations
from tests.components.distributed_pool import distributed_fields
from tests.samples import containers, of_kind, pool_fields, stack

MANY = {"size": "100Gi", "access": "ReadWriteMany"}
FROM = {"from": "chat"}
# Two pools that serve one model share the address of the router.
ONE_ADDRESS = {"loadBalance": True}


def refused(pools: Mapping[str, Any], **fields: Any) -> str:
    """Return the one reason why pools are refused."""
    with pytest.raises(SettingsError) as error:
        stack(pools, **fields)
    (reason,) = str(error.value).splitlines()
    return reason


def lent(lender: Mapping[str, Any] = MANY, **fields: Any) -> dict[str, Any]:
    """Return a pool that reads the claim of another, and that one after it."""
    return {
        "find": pool_fields(**{"storage": FROM, **fields}),
        "chat": pool_fields(storage=lender),
    }


def test_a_guest_has_the_claim_of_its_host_and_none_of_its_own():
    guest, host = stack(lent())[1]

    assert guest.claim == host.claim == "localai-chat-storage-rwx"
    assert [one.name for one in host.guests] == ["find"]
    assert ModelStorage.parts("storage", guest) == ()


def test_a_host_comes_first_and_its_jobs_before_the_servers_of_its_guest():
    known = list(declarations(*stack(lent())))
    names = [one.name for one in known]
    servers = next(one for one in known if one.name == "pool-find")

    assert names.index("pool-chat-weights") < names.index("pool-find")
    assert {"pool-chat-weights", "pool-chat-engines"} <= set(servers.depends_on)
    assert all(
        names.index(before) < names.index(one.name) for one in known for before in one.depends_on
    )


def test_one_job_fetches_and_one_installs_where_the_engines_are_the_same():
    jobs = of_kind("Job", *parts_of(declarations(*stack(lent(), verify=False))))

    assert sorted(job["metadata"]["labels"]["localai.gitops/pool"] for job in jobs) == ["chat"] * 2


def test_a_guest_with_other_engines_has_them_installed_by_its_host_beside_the_claim():
    guest, host = stack(lent(gpu="nvidia-l4"))[1]
    found = of_kind("Job", *Engines.parts("engines", host))
    paths = {
        variable["value"]
        for job in found
        for container in containers(job["spec"]["template"])
        for variable in container["env"]
        if variable["name"] == "LOCALAI_BACKENDS_PATH"
    }

    assert paths == {f"/storage/{folder(one)}" for one in (guest, host)}
    assert Engines.parts("engines", guest) == ()
    spec = plain(install_job(host, guest))["spec"]["template"]["spec"]
    assert "nodeSelector" not in spec


@pytest.mark.parametrize(
    ("lender", "guest", "arch"),
    [
        ({}, {"gpu": "nvidia-dgx-spark"}, "arm64"),
        ({}, {"scheduling": {"arch": "arm64"}}, "arm64"),
        ({"scheduling": {"arch": "arm64"}}, {"gpu": "nvidia-l4"}, None),
    ],
)
def test_engines_for_another_processor_are_installed_on_the_nodes_of_the_guest(
    lender: dict[str, Any], guest: dict[str, Any], arch: str | None
):
    pools = lent(**guest)
    pools["chat"] |= lender
    found, host = stack(pools)[1]
    jobs = of_kind("Job", *Engines.parts("engines", host))
    places = {
        containers(job["spec"]["template"])[0]["env"][0]["value"]: job["spec"]["template"]["spec"]
        for job in jobs
    }
    spec = places[f"/storage/{folder(found)}"]

    assert len(places) == 2
    assert spec["nodeSelector"] == node_selector(found)
    assert spec["nodeSelector"].get("kubernetes.io/arch") == arch
    assert places[f"/storage/{folder(host)}"].get("nodeSelector") == node_selector(host)


def test_pods_on_a_lent_claim_for_one_node_stay_together():
    guest, host = stack(lent({"size": "100Gi"}))[1]

    assert affinity(guest) == affinity(host) is not None


@pytest.mark.parametrize(
    ("lender", "fields", "cause"),
    [
        ({"size": "100Gi"}, {"replicas": 2}, "one node at a time can hold, find has several pods"),
        ({"size": "100Gi"}, {"surge": 1}, "one node at a time can hold, find has several pods"),
        ({"size": "100Gi"}, {"gpu": "nvidia-l4"}, "with find on other nodes"),
        ({"from": "find"}, {}, None),
    ],
)
def test_a_claim_that_does_not_suit_the_guest_is_refused(
    lender: dict[str, Any], fields: dict[str, Any], cause: str | None
):
    if cause:
        assert cause in refused(lent(lender, **fields))
        return
    with pytest.raises(SettingsError) as circle:
        stack(lent(lender))
    assert str(circle.value).count("is not a pool with a claim of its own") == 2


@pytest.mark.parametrize("workers", [1, 4])
def test_a_distributed_pool_cannot_read_the_claim_of_one_node(workers: int):
    distributed = distributed_fields(workers=workers)
    reason = refused(lent({"size": "100Gi"}, distributed=distributed), router=ONE_ADDRESS)

    assert "one node at a time can hold, find has several pods" in reason
    assert reason.endswith("give chat a ReadWriteMany claim")


def test_workers_of_a_guest_wait_for_the_jobs_of_the_lender():
    pools = lent(gpu="nvidia-l4", distributed=distributed_fields())
    waits = {one.name: one.depends_on for one in declarations(*stack(pools, router=ONE_ADDRESS))}

    assert {"pool-chat-weights", "pool-chat-engines"} <= {*waits["pool-find-workers"]}


@pytest.mark.parametrize("name", ["chatt", "find"])
def test_a_pool_that_is_not_there_and_oneself_lend_nothing(name: str):
    reason = refused(lent(storage={"from": name}))

    assert reason.startswith("config.localai:pools.find.storage.from: ")
    assert f"{name} is not a pool with a claim of its own; use one of chat" in reason


def test_a_guest_lends_nothing_on():
    pools = {**lent(), "more": pool_fields(storage={"from": "find"})}

    assert "find is not a pool with a claim of its own; use one of chat" in refused(pools)
