"""The servers of one pool, their address and their disruption budget."""

from typing import Any

from components.parts.part import plain
from components.server.local_ai import LocalAI, address, budget, deployment, service
from tests.samples import pool


def spec(thing: Any) -> dict[str, Any]:
    return plain(thing)["spec"]


def test_a_deployment_runs_as_many_pods_as_the_pool_has_replicas():
    assert spec(deployment(pool(replicas=3)))["replicas"] == 3


def test_a_parked_pool_says_so_and_keeps_its_objects():
    found = pool(replicas=0)

    assert spec(deployment(found))["replicas"] == 0
    assert len(LocalAI.parts("pool-chat", found)) == 3


def test_its_output_is_the_attribute_that_it_declares():
    found = pool()

    assert LocalAI.outputs(found) == {"address": address(found)}
    assert LocalAI.outputs(found).keys() <= LocalAI.__annotations__.keys()


def test_deployment_service_and_budget_find_the_same_pods():
    found = pool()
    labels = spec(deployment(found))["template"]["metadata"]["labels"]
    selectors = [
        spec(deployment(found))["selector"]["matchLabels"],
        spec(service(found))["selector"],
        spec(budget(found))["selector"]["matchLabels"],
    ]

    assert selectors[0] == selectors[1] == selectors[2]
    assert selectors[0].items() <= labels.items()


def test_what_finds_the_pods_does_not_change_with_the_models():
    before, after = (
        spec(deployment(pool(models=models)))["selector"]
        for models in (["qwen3-0.6b"], ["qwen3-1.7b"])
    )

    assert before == after


def test_two_pools_do_not_find_each_others_pods():
    one, other = (spec(service(pool(name)))["selector"] for name in ("a", "b"))

    assert one != other


def test_a_drain_takes_one_pod_at_a_time_and_never_blocks():
    found = spec(budget(pool()))

    assert found["maxUnavailable"] == 1
    assert "minAvailable" not in found


def test_the_service_is_reached_only_from_inside_the_cluster():
    found = spec(service(pool()))

    assert found["type"] == "ClusterIP"
    assert found["ports"] == [
        {"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"}
    ]


def test_the_address_is_that_of_the_service():
    found = pool()
    name = plain(service(found))["metadata"]["name"]

    assert address(found) == f"http://{name}.localai-test.svc:8080/v1"


def test_the_engine_waits_for_the_service_as_long_as_for_its_pods():
    deployed, served, _ = LocalAI.parts("pool-chat", pool())

    # An unready pod behind it keeps the engine waiting, by default for ten minutes.
    assert served.options.timeout == deployed.options.timeout


def test_the_engine_waits_longer_than_a_deployment_may_stand_still():
    found = pool(replicas=4)
    deployed, *_ = LocalAI.parts("pool-chat", found)

    assert (deployed.options.timeout or 0) > spec(deployment(found))["progressDeadlineSeconds"]


def test_the_number_of_pods_is_left_to_an_autoscaler():
    found = pool(scaling={"min": 2, "max": 4, "cpu": 70})
    deployed, *_ = LocalAI.parts("pool-chat", found)

    assert "replicas" not in spec(deployment(found))
    # As long as for as many pods as there may be.
    assert (
        deployed.options.timeout == LocalAI.parts("pool-chat", pool(replicas=4))[0].options.timeout
    )


def test_a_budget_of_an_autoscaled_pool_admits_an_eviction_at_every_scale():
    assert spec(budget(pool(scaling={"min": 1, "max": 4, "cpu": 70}))) == spec(budget(pool()))


def test_kueue_finds_the_name_of_its_queue_on_the_deployment_and_nowhere_else():
    found = plain(deployment(pool(scheduling={"queue": "team-a"})))

    assert found["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "team-a"
    assert "kueue.x-k8s.io/queue-name" not in found["spec"]["template"]["metadata"]["labels"]
    assert "kueue.x-k8s.io/queue-name" not in plain(deployment(pool()))["metadata"]["labels"]


def test_servers_have_the_priority_the_pool_names():
    found = spec(deployment(pool(scheduling={"priorityClass": "serving"})))

    assert found["template"]["spec"]["priorityClassName"] == "serving"
