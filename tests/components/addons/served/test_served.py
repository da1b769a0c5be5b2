from typing import Any

import pytest

from components.addons.served.served import address, components, network_policy, scraped
from components.engine.declaration import parts_of
from components.parts.part import Part, plain
from components.quota.usage import needs
from documents.problem import RefusedError
from predict.declared import DIGEST as DIGEST_VARIABLE
from stack import stack_parts
from tests.components.addons.mlflow.stacks import WHOLE
from tests.components.addons.served.stacks import DIGEST, MODEL, served_args
from tests.samples import context, manifests, of_kind, pool_fields, stack
from tests.support.project import ROOT


def parts(**fields: Any) -> tuple[Part, ...]:
    return parts_of(components(context(servedModels={"digits": {**MODEL, **fields}})))


def kinds(found: tuple[Part, ...]) -> list[str]:
    return [one["kind"] for one in manifests(found)]


def test_a_stack_without_served_models_has_nothing_of_them():
    assert list(components(context())) == []
    assert "predict" not in str(manifests(stack_parts(*stack())))


def test_a_served_model_is_these_objects_and_the_program_once():
    assert kinds(parts()) == [
        "ConfigMap", "ServiceAccount", "NetworkPolicy", "Deployment", "Service",
        "PodDisruptionBudget",
    ]  # fmt: skip


def test_two_models_share_one_program():
    two = parts_of(components(context(servedModels={"one": MODEL, "two": MODEL})))

    assert len(of_kind("ConfigMap", *two)) == 1
    assert [one["metadata"]["name"] for one in of_kind("Deployment", *two)] == [
        "served-one", "served-two",
    ]  # fmt: skip


def test_the_program_in_the_cluster_is_the_room_whole():
    (found,) = of_kind("ConfigMap", *parts())

    assert {*found["data"]} == {path.name for path in (ROOT / "predict").glob("*.py")}
    assert found["immutable"] is True


def test_pods_between_two_numbers_are_an_autoscalers_and_the_deployment_says_none():
    found = parts(replicas={"min": 2, "max": 4})
    (scaler,), (workload,) = (of_kind(kind, *found)
                              for kind in ("HorizontalPodAutoscaler", "Deployment"))  # fmt: skip

    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 4)
    assert scaler["spec"]["scaleTargetRef"]["name"] == workload["metadata"]["name"]
    assert "replicas" not in workload["spec"]


def test_a_fixed_number_of_pods_needs_no_autoscaler():
    found = parts(replicas={"min": 2, "max": 2})

    assert not of_kind("HorizontalPodAutoscaler", *found)
    assert of_kind("Deployment", *found)[0]["spec"]["replicas"] == 2


def test_a_new_pod_predicts_before_an_old_one_goes():
    (workload,) = of_kind("Deployment", *parts())

    assert workload["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_another_digest_is_another_pod_and_the_same_objects():
    old, new = parts(), parts(digest=f"sha256:{'b' * 64}")

    assert [one.name for one in old] == [one.name for one in new]
    changed = [two.name for one, two in zip(old, new, strict=True) if one != two]
    assert changed == ["served-digits-deployment"]
    env = of_kind("Deployment", *old)[0]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": DIGEST_VARIABLE, "value": DIGEST} in env


def test_pods_are_called_by_clients_and_call_name_servers_and_the_registry_alone():
    args = served_args(
        {"network": {"clients": ["shop"]}},
        registry={"url": "https://mlflow.example.com", "networks": ["10.8.1.0/24"]},
    )
    spec = plain(network_policy(args))["spec"]

    (called,) = spec["ingress"]
    assert [list(one) for one in called["from"]] == [["podSelector"], ["namespaceSelector"]]
    _, registry = spec["egress"]
    assert registry == {
        "to": [{"ipBlock": {"cidr": "10.8.1.0/24"}}],
        "ports": [{"port": 443, "protocol": "TCP"}],
    }
    assert spec["podSelector"]["matchLabels"]["localai.gitops/served-model"] == "digits"


def test_its_address_is_that_of_its_service():
    (found,) = of_kind("Service", *parts())

    assert address(served_args()) == (
        f"http://{found['metadata']['name']}.localai-test.svc:{found['spec']['ports'][0]['port']}"
    )


def test_a_quota_counts_its_most_pods_and_one_that_is_new():
    taken = needs(manifests(parts(replicas={"min": 1, "max": 3}, cpu=2)))

    assert taken["requests.cpu"] == 2 * (3 + 2)


def test_prometheus_is_let_in_and_told_of_the_pods_where_there_is_monitoring():
    made = stack(servedModels={"digits": MODEL}, monitoring={})
    found = manifests(stack_parts(*made))
    named = {(one["kind"], one["metadata"]["name"]) for one in found}

    assert {("PodMonitor", "model-servers"), ("NetworkPolicy", "model-servers-monitoring")} <= named
    assert scraped(context()) is None


def test_an_address_of_a_pool_that_has_its_name_is_refused():
    pools = {"chat": pool_fields(addresses={"served-digits": {"port": 80}})}

    with pytest.raises(RefusedError, match="would be one Service, served-digits"):
        stack_parts(*stack(pools, servedModels={"digits": MODEL}))


def test_a_model_that_names_no_registry_is_fetched_from_the_stacks_own():
    registry = {**WHOLE, "reader": {"secret": "reader"}}
    found = served_args({"mlflow": registry}, registry=None).registry
    waits = {
        name: set(one.depends_on)
        for name, one in deployments(registry).items()
        if name.startswith("served-")
    }

    assert found.url == "http://localai-mlflow.localai-test.svc:5000"
    assert found.namespace == "localai-test"
    assert found.login
    assert (found.login.secret, found.login.user, found.login.password) == (
        "reader", "username", "password",
    )  # fmt: skip
    assert "mlflow" in waits["served-own-deployment"]
    assert "mlflow" not in waits["served-other-deployment"]


def deployments(registry: dict[str, Any]) -> dict[str, Part]:
    """Return the Deployments of a stack with a model of its own registry and one of another."""
    models = {"own": {**MODEL, "registry": None}, "other": MODEL}
    found = stack_parts(*stack(mlflow=registry, servedModels=models))
    return {one.name: one for one in found if one.name.endswith("-deployment")}
