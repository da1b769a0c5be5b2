"""The model check: what it is told to find, and the pod that looks."""

import json
from typing import Any

from components.addons.monitoring.model_check import (
    config_map,
    declared_models,
    deployment,
    service_account,
)
from components.parts.part import plain
from tests.components.addons.monitoring.watched import watched_context, watched_parts
from tests.components.distributed_pool import distributed_pool
from tests.components.restricted import violations
from tests.samples import manifests, of_kind, pool_fields, stack

POOLS = {
    "chat": pool_fields(aliases={"assistant": "qwen3-0.6b"}),
    "parked": pool_fields(models=["qwen3-1.7b"], replicas=0),
}


def test_it_looks_for_models_and_aliases_of_every_pool_that_runs():
    _, pools = stack(POOLS)
    chat = {"kind": "chat", "engine": "llama-cpp"}
    assert declared_models(pools) == {
        "pools": [
            {
                "name": "chat",
                "url": "http://localai-chat.localai-test.svc:8080",
                "holds_engines": True,
                "asked": True,
                "models": [{"name": "qwen3-0.6b", **chat}, {"name": "assistant", **chat}],
            }
        ]
    }


def test_a_question_evicts_no_model_and_wakes_no_pool():
    two = ["qwen3-0.6b", "qwen3-1.7b"]
    _, pools = stack(
        {
            "all": pool_fields(models=two),
            "said": pool_fields(models=two, active=2),
            "some": pool_fields(models=two, active=1),
            "asleep": pool_fields(scaling={"min": 0, "max": 2, "requests": 4}),
        },
        router={"loadBalance": True},
        scaling={"prometheus": "http://prometheus.monitoring.svc:9090"},
    )
    found = {pool["name"]: pool["asked"] for pool in declared_models(pools)["pools"]}
    assert found == {"all": True, "said": True, "some": False}


def test_engines_of_a_distributed_pool_are_not_looked_for_in_its_front_ends():
    (found,) = declared_models([distributed_pool()])["pools"]
    assert (found["holds_engines"], found["asked"]) == (False, True)


def test_it_asks_no_more_than_once_a_minute_and_waits_as_long_as_a_client():
    def arguments(interval: int, **fields: Any) -> list[str]:
        context, pools = stack(POOLS, monitoring={"intervalSeconds": interval}, **fields)
        spec = plain(deployment(context, config_map(context, pools)))["spec"]["template"]["spec"]
        return spec["containers"][0]["command"][-2:]

    assert arguments(30) == ["60", "130"]
    for longest, seconds in ((200, "210"), (3600, "310")):
        server = {"version": "v4.9.0", "longestAnswer": longest}
        assert arguments(120, server=server) == ["120", seconds]


def test_its_content_names_its_config_map_so_that_a_change_restarts_it():
    context, pools = stack(POOLS)
    one, other = plain(config_map(context, pools)), plain(config_map(context, pools[1:]))
    assert one["immutable"] is True
    assert one["metadata"]["name"] != other["metadata"]["name"]
    assert json.loads(one["data"]["declared.json"]) == declared_models(pools)
    compile(one["data"]["model_check.py"], "model_check.py", "exec")


def test_the_pod_mounts_that_config_map_and_reads_the_key_from_its_secret():
    context, pools = stack(POOLS)
    content = config_map(context, pools)
    spec = plain(deployment(context, content))["spec"]["template"]["spec"]
    assert spec["volumes"][0]["configMap"] == {"name": plain(content)["metadata"]["name"]}
    (container,) = spec["containers"]
    (variable,) = container["env"]
    assert variable["valueFrom"]["secretKeyRef"]["name"] == "localai-api-key"
    assert spec["serviceAccountName"] == plain(service_account(context))["metadata"]["name"]


def test_its_log_does_not_fill_its_node():
    context, pools = stack(POOLS)
    spec = plain(deployment(context, config_map(context, pools)))["spec"]["template"]["spec"]

    assert spec["containers"][0]["resources"]["limits"]["ephemeral-storage"] == "256Mi"


def test_a_restricted_namespace_admits_it():
    found = [
        one for one in of_kind("Deployment", *watched_parts()) if "model" in str(one["metadata"])
    ]
    assert [problem for one in found for problem in violations(one["spec"]["template"])] == []


def test_nothing_of_it_is_there_without_the_setting():
    told = json.dumps(manifests(watched_parts({"modelCheck": False})))
    assert "model-check" not in told
    assert "model-check" in json.dumps(manifests(watched_parts()))
    assert watched_context().settings.monitoring
