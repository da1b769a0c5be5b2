"""A served model that is rolled out in steps, or at once."""

from typing import Any

import pytest

from components.addons.monitoring.stack_alerts import stack_alerts
from components.addons.served.served import components
from components.engine.declaration import parts_of
from components.parts.part import Manifest, Part
from components.quota.usage import needs
from gitops.validation.custom_resources.findings import resource_findings
from tests.components.addons.served.stacks import MODEL
from tests.samples import context, manifests, of_kind

TRAFFIC = {"host": "digits.example.com", "namespace": "edge"}
ACCURACY = {"samples": {"configMap": "digits-samples"}}


def parts(rollout: dict[str, Any], **fields: Any) -> tuple[Part, ...]:
    given = {"prometheus": "http://prometheus.monitoring.svc:9090", **rollout}
    model = {**MODEL, "rollout": given, **fields}
    return parts_of(components(context(servedModels={"digits": model}, monitoring={})))


def one(kind: str, found: tuple[Part, ...]) -> Manifest:
    (manifest,) = of_kind(kind, *found)
    return manifest


def canary(**fields: Any) -> tuple[Part, ...]:
    return parts({"traffic": TRAFFIC, "accuracy": ACCURACY, **fields})


def test_a_rollout_has_the_pods_of_the_deployment_that_it_is_in_place_of():
    plain = parts_of(components(context(servedModels={"digits": MODEL})))
    found = canary()

    assert not of_kind("Deployment", *found)
    wanted, known = one("Rollout", found)["spec"], one("Deployment", plain)["spec"]
    for key in ("template", "selector", "replicas", "progressDeadlineSeconds"):
        assert wanted[key] == known[key]


@pytest.mark.parametrize("rollout", [
    {"traffic": TRAFFIC, "accuracy": ACCURACY}, {"strategy": "blueGreen"}, {"steps": [100]},
])  # fmt: skip
def test_each_object_is_of_its_definition(rollout: dict[str, Any]):
    for manifest in manifests(parts(rollout)):
        assert list(resource_findings(manifest)) == []


def test_requests_move_in_steps_each_of_which_is_judged_and_the_last_one_is_watched():
    strategy = one("Rollout", canary())["spec"]["strategy"]["canary"]

    weights = [step["setWeight"] for step in strategy["steps"] if "setWeight" in step]
    judged = [
        step["analysis"]["templates"][0]["templateName"]
        for step in strategy["steps"] if "analysis" in step
    ]  # fmt: skip
    assert weights == [5, 25, 50, 100]
    assert judged == [*["served-digits-step"] * 3, "served-digits-watch"]
    by = {"traefik": {"weightedTraefikServiceName": "served-digits"}}
    assert strategy["trafficRouting"] == by


def test_whoever_asks_inside_the_cluster_gets_the_version_that_serves():
    found = canary()
    names = {each["metadata"]["name"]: each["spec"] for each in of_kind("Service", *found)}

    assert {*names} == {"served-digits", "served-digits-canary"}
    # The controller writes them, and Git would take them back.
    assert all("selector" not in each for each in names.values())


def test_without_traefik_the_service_leads_to_the_pods_of_both():
    found = parts({"steps": [50, 100]}, replicas={"min": 2, "max": 2})
    names = {each["metadata"]["name"]: each["spec"] for each in of_kind("Service", *found)}

    assert {*names} == {"served-digits", "served-digits-stable", "served-digits-canary"}
    assert names["served-digits"]["selector"]
    assert not of_kind("TraefikService", *found)


def test_who_applies_leaves_shares_of_requests_to_the_controller():
    (part,) = [each for each in canary() if each.name.endswith("traefikservice")]

    assert part.options.ignored == ("spec.weighted.services",)


def figures(found: tuple[Part, ...], name: str) -> dict[str, dict[str, Any]]:
    (template,) = [
        each for each in of_kind("AnalysisTemplate", *found)
        if each["metadata"]["name"] == name
    ]  # fmt: skip
    return {metric["name"]: metric for metric in template["spec"]["metrics"]}


def test_no_figure_of_a_step_passes_without_data():
    for name in ("served-digits-step", "served-digits-watch"):
        asked = [each for each in figures(canary(), name).values()
                 if "prometheus" in each["provider"]]  # fmt: skip
        assert len(asked) == 4
        for metric in asked:
            condition = metric["successCondition"]
            assert condition.startswith("len(result) == 1 && !isNaN(result[0]) && result[0] ")
            assert (metric["failureLimit"], "failureCondition" in metric) == (0, False)


def test_a_step_is_stricter_than_the_watch():
    step, watch = (figures(canary(), f"served-digits-{one}") for one in ("step", "watch"))

    assert step["error-percent"]["successCondition"].endswith("result[0] <= 1")
    assert watch["error-percent"]["successCondition"].endswith("result[0] <= 5")
    assert step["p99-milliseconds"]["successCondition"].endswith("result[0] <= 2000")


def test_only_the_pods_of_the_new_version_are_measured():
    query = figures(canary(), "served-digits-step")["requests"]["provider"]["prometheus"]["query"]

    assert query == (
        'sum(increase(predict_requests_total{namespace="localai-test",'
        'pod=~"served-digits-{{args.hash}}-.+"}[150s]))'
    )


def test_a_step_is_over_with_its_last_measurement():
    figure = figures(canary(), "served-digits-step")["requests"]

    assert (figure["initialDelay"], figure["interval"], figure["count"]) == ("150s", "75s", 3)


def test_a_job_asks_both_versions_the_same_samples():
    spec = figures(canary(), "served-digits-step")["accuracy"]["provider"]["job"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    told = {each["name"]: each["value"] for each in container["env"]}

    assert told["JUDGE_STABLE"] == "http://served-digits.localai-test.svc:8080"
    assert told["JUDGE_CANARY"] == "http://served-digits-canary.localai-test.svc:8080"
    assert told["JUDGE_POINTS"] == "5"
    policies = {each["metadata"]["name"]: each["spec"]
                for each in of_kind("NetworkPolicy", *canary())}  # fmt: skip
    labels = spec["template"]["metadata"]["labels"]
    selected = policies["served-digits-judge"]["podSelector"]["matchLabels"]
    assert selected.items() <= labels.items()
    assert not policies["served-digits"]["podSelector"]["matchLabels"].items() <= labels.items()


def test_blue_green_judges_before_and_after_all_requests_move():
    strategy = one("Rollout", parts({"strategy": "blueGreen"}))["spec"]["strategy"]["blueGreen"]

    assert (strategy["activeService"], strategy["previewService"]) == (
        "served-digits", "served-digits-preview",
    )  # fmt: skip
    names = [strategy[key]["templates"][0]["templateName"]
             for key in ("prePromotionAnalysis", "postPromotionAnalysis")]  # fmt: skip
    assert names == ["served-digits-before", "served-digits-watch"]
    # The version before can take over again for as long as the new one is watched.
    assert strategy["scaleDownDelaySeconds"] > 600


def test_an_autoscaler_scales_the_rollout():
    found = canary(steps=[5, 100])
    assert not of_kind("HorizontalPodAutoscaler", *found)

    given = {"traffic": TRAFFIC}
    scaled = one("HorizontalPodAutoscaler", parts(given, replicas={"min": 1, "max": 3}))
    assert scaled["spec"]["scaleTargetRef"] == {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "served-digits",
    }  # fmt: skip


def test_pods_of_traefik_may_ask_the_model():
    (policy,) = [
        each for each in of_kind("NetworkPolicy", *canary())
        if each["metadata"]["name"] == "served-digits"
    ]  # fmt: skip
    assert "edge" in str(policy["spec"]["ingress"])


@pytest.mark.parametrize(("rollout", "most"), [
    # One more, and one that ends slowly.
    ({"steps": [50, 100]}, 6),
    # All pods of the new version, while the one before has all of its own.
    ({"traffic": TRAFFIC}, 8),
    ({"strategy": "blueGreen"}, 8),
])  # fmt: skip
def test_a_quota_has_room_for_both_versions(rollout: dict[str, Any], most: int):
    found = parts(rollout, replicas={"min": 4, "max": 4}, cpu=1)

    assert needs(manifests(found))["requests.cpu"] == most


def test_an_aborted_rollout_is_told():
    model = {**MODEL, "rollout": {"prometheus": "http://p:9090", "traffic": TRAFFIC}}
    watched = context(servedModels={"digits": model}, monitoring={})

    assert [each.name for each in stack_alerts(watched)] == ["LocalAIRolloutAborted"]
    assert not [*stack_alerts(context(servedModels={"digits": MODEL}, monitoring={}))]


def test_a_version_that_comes_back_is_judged_again():
    # Within such a window, one that was aborted once would pass.
    assert "rollbackWindow" not in one("Rollout", canary())["spec"]


def test_accuracy_is_compared_only_where_both_versions_have_pods_of_their_own():
    by_pods = parts({"steps": [50, 100], "accuracy": ACCURACY}, replicas={"min": 2, "max": 2})
    divided, at_once = canary(), parts({"strategy": "blueGreen", "accuracy": ACCURACY})

    assert "accuracy" in figures(by_pods, "served-digits-step")
    assert "accuracy" not in figures(by_pods, "served-digits-watch")
    assert "accuracy" in figures(divided, "served-digits-watch")
    assert "accuracy" in figures(at_once, "served-digits-before")
    assert "accuracy" not in figures(at_once, "served-digits-watch")


def test_a_program_that_pods_of_the_version_before_read_is_retained():
    (kept,) = [each for each in canary() if each.name.startswith("served-program-")]
    (replaced,) = [
        each for each in parts_of(components(context(servedModels={"digits": MODEL})))
        if each.name.startswith("served-program-")
    ]  # fmt: skip

    assert (kept.options.retain, replaced.options.retain) == (True, False)
