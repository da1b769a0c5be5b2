"""Where pods run: on the nodes of their GPU profile, and beside the claim they share."""

from typing import Any

import pytest

from components.parts.part import plain
from components.pool.placement import affinity, node_selector, spread, tolerations
from components.pool.pool import Pool
from components.server.engines import install_job
from components.server.local_ai import deployment
from components.weights.weights import fetch_job
from tests.samples import ENGINE_SOURCES, committed, pool
from tests.support.project import STACKS

MANY = {"size": "100Gi", "access": "ReadWriteMany"}


def templates(found: Pool) -> list[dict[str, Any]]:
    """Return the pods of a pool: both Jobs and the server."""
    return [
        plain(thing)["spec"]["template"]
        for thing in (fetch_job(found), install_job(found), deployment(found))
    ]


def test_pods_on_a_claim_for_one_node_stay_together():
    first, *others = [template["spec"]["affinity"] for template in templates(pool())]

    assert all(other == first for other in others)
    (term,) = first["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"


def test_the_first_pod_of_a_claim_may_start_anywhere_since_its_term_matches_itself():
    for template in templates(pool()):
        terms = template["spec"]["affinity"]["podAffinity"]
        (term,) = terms["requiredDuringSchedulingIgnoredDuringExecution"]

        assert (
            term["labelSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
        )


def test_pools_that_share_an_existing_claim_stay_together():
    one, other = (pool(name, storage={"existing": "weights"}) for name in ("a", "b"))

    assert affinity(one) == affinity(other)


def test_pools_with_claims_of_their_own_do_not_follow_each_other():
    assert affinity(pool("a")) != affinity(pool("b"))


def test_pods_on_a_claim_for_many_nodes_may_run_apart():
    assert all("affinity" not in template["spec"] for template in templates(pool(storage=MANY)))


def test_a_pool_without_a_gpu_asks_for_no_node_and_accepts_no_taint():
    assert node_selector(pool()) is None
    assert tolerations(pool()) is None


def test_a_gpu_pool_asks_for_its_product_and_accepts_its_taint():
    found = pool(gpu="nvidia-l4")

    assert node_selector(found) == {"nvidia.com/gpu.product": "NVIDIA-L4"}
    assert [plain(one) for one in tolerations(found) or ()] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]


def test_labels_of_a_pool_come_on_top_of_those_of_its_profile():
    found = pool(gpu="nvidia-l4", nodeSelector={"zone": "a"})

    assert node_selector(found) == {"nvidia.com/gpu.product": "NVIDIA-L4", "zone": "a"}


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("source", ENGINE_SOURCES)
def test_jobs_run_where_the_servers_run(name: str, source: Any):
    for found in committed(name, source)[1]:
        first, *others = templates(found)
        for field in ("nodeSelector", "tolerations", "affinity"):
            assert {str(one["spec"].get(field)) for one in others} == {
                str(first["spec"].get(field))
            }


def test_pods_of_any_processor_unless_the_pool_names_one():
    assert node_selector(pool(scheduling={"arch": "arm64"})) == {"kubernetes.io/arch": "arm64"}
    assert node_selector(pool(gpu="nvidia-dgx-spark")) == {
        "kubernetes.io/arch": "arm64",
        "nvidia.com/gpu.product": "NVIDIA-GB10",
    }


@pytest.mark.parametrize(
    ("by", "key"), [("zone", "topology.kubernetes.io/zone"), ("node", "kubernetes.io/hostname")]
)
def test_servers_of_one_revision_are_spread_and_never_wait_for_it(by: str, key: str):
    found = pool(replicas=2, scheduling={"spread": by})
    (rule,) = plain(deployment(found))["spec"]["template"]["spec"]["topologySpreadConstraints"]

    assert (rule["topologyKey"], rule["maxSkew"]) == (key, 1)
    assert rule["whenUnsatisfiable"] == "ScheduleAnyway"
    assert rule["matchLabelKeys"] == ["pod-template-hash"]
    selector = plain(deployment(found))["spec"]["selector"]
    assert rule["labelSelector"] == selector


def test_pods_are_not_spread_unless_the_pool_says_so():
    assert spread(pool(), {}) is None


def test_taints_of_a_team_are_accepted_beside_those_of_the_gpus():
    own = [
        {"key": "llm-workload", "operator": "Exists"},
        {"key": "team", "value": "ai", "effect": "NoSchedule"},
    ]
    asked = pool(gpu="nvidia-l4", scheduling={"tolerations": own})
    found = [plain(one) for one in tolerations(asked) or ()]

    assert found[1:] == [own[0], {**own[1], "operator": "Equal"}]
    assert [plain(one) for one in tolerations(asked, on_gpus=False) or ()] == found[1:]
