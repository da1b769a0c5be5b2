"""What holds for every object of the sample stacks: what it names is there, and it admits few."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from components.parts.kinds import pods_of
from components.parts.part import Part
from documents.quantity import quantity
from gitops.validation.rules.pods import containers, pod_spec, pod_template, texts
from stack import stack_parts
from tests.everything import STACKS, everything, sample
from tests.samples import manifests

on_every_sample = pytest.mark.parametrize("name", STACKS)
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
FIXED = {"configMap", "image", "projected", "secret"}
# Variables that Python, MLflow and its libraries read, or that only make a Job another one.
OTHERS = ("AWS_", "DECLARED_", "DO_NOT_TRACK", "GIT_PYTHON_", "HOME", "MLFLOW_", "PGPASSWORD")
# The kinds whose objects a pod takes in, and where it names them.
TAKEN = {
    "configMap": ("ConfigMap", "name"),
    "secret": ("Secret", "secretName"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}


def objects(name: str) -> list[dict[str, Any]]:
    """Return the objects of a sample, and a Secret for each that the cluster makes from another."""
    found = [cast("dict[str, Any]", one) for one in manifests(stack_parts(*sample(name)))]
    made = [
        {"kind": "Secret", "metadata": {"name": one["spec"]["target"]["name"]}}
        for one in found
        if one["kind"] == "ExternalSecret"
    ]
    return [*found, *made]


def said(name: str) -> set[str]:
    """Return every word of a stack file, such as the names of Secrets that are there before it."""
    (file,) = (one for one in everything().files if one.stack == name)
    return set(texts(file.document.value))


def taken(pod: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and name of every object that a pod takes in."""
    for volume in pod.get("volumes", []):
        sources = volume.get("projected", {}).get("sources", [])
        for key, (kind, name) in TAKEN.items():
            if key in volume:
                yield kind, volume[key][name]
            yield from ((kind, one[key]["name"]) for one in sources if key in one)
    if "serviceAccountName" in pod:
        yield "ServiceAccount", pod["serviceAccountName"]


def secret_keys(container: Any) -> Iterator[str]:
    """Yield the names of the Secrets in a container's variables."""
    for one in container.get("env", []):
        if "secretKeyRef" in one.get("valueFrom", {}):
            yield one["valueFrom"]["secretKeyRef"]["name"]


@on_every_sample
def test_an_object_has_the_labels_by_which_orphans_are_found(name: str):
    labels = {
        "app.kubernetes.io/name": "localai",
        "app.kubernetes.io/part-of": f"localai-{name}",
        "app.kubernetes.io/managed-by": "localai-gitops",
    }
    for one in manifests(stack_parts(*sample(name))):
        assert labels.items() <= one["metadata"]["labels"].items(), one["metadata"]["name"]


@on_every_sample
def test_what_a_pod_takes_in_is_declared_or_named_in_the_stack_file(name: str):
    found = objects(name)
    there = {(one["kind"], one["metadata"]["name"]) for one in found}
    needed = {
        *(one for manifest in found for one in taken(pod_spec(manifest))),
        *(
            ("Secret", one)
            for manifest in found
            for container in containers(manifest)
            for one in secret_keys(container)
        ),
    }

    assert {(kind, one) for kind, one in needed - there if one not in said(name)} == set()


def before(part: Part, parts: Mapping[str, Part]) -> set[str]:
    """Return the names of all that a part waits for, by way of the parts of components."""
    found: set[str] = set()
    waiting = [*part.depends_on]
    while waiting:
        name = waiting.pop()
        inside = [one.name for one in parts.values() if one.parent == name]
        if name not in found:
            found.add(name)
            # The engine waits for the parts of a component, and for one without any not at all.
            waiting += inside if parts[name].parent is None else parts[name].depends_on
    return found


@on_every_sample
def test_what_makes_pods_waits_for_all_that_they_take_in(name: str):
    parts = {one.name: one for one in stack_parts(*sample(name))}
    places = {
        (one.manifest["kind"], one.manifest["metadata"]["name"]): one.name
        for one in parts.values()
        if one.manifest
    }
    for part in parts.values():
        if part.manifest and pods_of(part.manifest["kind"]):
            needed = {places[one] for one in taken(pod_spec(part.manifest)) if one in places}

            assert needed - before(part, parts) == set(), part.name


@on_every_sample
def test_a_pod_has_the_volumes_that_its_containers_mount_and_no_others(name: str):
    for manifest in objects(name):
        mounted = {
            mount["name"] for one in containers(manifest) for mount in one.get("volumeMounts", [])
        }

        assert mounted == {one["name"] for one in pod_spec(manifest).get("volumes", [])}, manifest


@on_every_sample
def test_a_pod_gets_no_token_of_the_cluster_and_no_variables_of_services(name: str):
    for manifest in objects(name):
        if pod := pod_spec(manifest):
            assert pod["automountServiceAccountToken"] is False, manifest
            assert pod["enableServiceLinks"] is False, manifest


@on_every_sample
def test_a_pod_may_not_write_to_what_comes_from_an_object_or_an_image(name: str):
    for manifest in objects(name):
        volumes = pod_spec(manifest).get("volumes", ())
        fixed = {one["name"] for one in volumes if FIXED & one.keys()}
        mounts = [one for each in containers(manifest) for one in each.get("volumeMounts", ())]

        assert [one for one in mounts if one["name"] in fixed and not one.get("readOnly")] == []


@on_every_sample
def test_a_job_ends_whatever_happens(name: str):
    for manifest in objects(name):
        if manifest["kind"] in ("CronJob", "Job"):
            spec = manifest["spec"].get("jobTemplate", manifest)["spec"]

            assert spec["activeDeadlineSeconds"] > 0
            assert spec["backoffLimit"] > 0
            assert spec["template"]["spec"]["restartPolicy"] == "Never"


@on_every_sample
def test_a_port_of_a_service_leads_to_one_of_its_pods(name: str):
    found = objects(name)
    pods = [one for manifest in found for one in started(manifest)]
    for service in (one for one in found if one["kind"] == "Service" and "selector" in one["spec"]):
        selector = {"matchLabels": service["spec"]["selector"]}
        behind = [one["spec"] for one in pods if selects(selector, one["metadata"]["labels"])]
        ports = {
            port[key]
            for pod in behind
            for container in pod["containers"]
            for port in container.get("ports", ())
            for key in ("name", "containerPort")
        }
        # The pods of a rollout have labels that its controller adds.
        if behind:
            asked = service["spec"]["ports"]
            assert {one.get("targetPort", one["port"]) for one in asked} <= ports


@on_every_sample
def test_a_part_is_named_by_its_component(name: str):
    for part in stack_parts(*sample(name)):
        assert part.name.startswith(part.parent or "")


@on_every_sample
def test_a_container_mounts_each_place_once_and_by_its_whole_path(name: str):
    for manifest in objects(name):
        for container in containers(manifest):
            places = [one["mountPath"] for one in container.get("volumeMounts", [])]

            assert len(places) == len(set(places))
            assert all(one.startswith("/") for one in places)


@on_every_sample
def test_a_probe_asks_a_port_of_its_container(name: str):
    for manifest in objects(name):
        for container in containers(manifest):
            ports = {one["name"] for one in container.get("ports", [])}
            probes = [container[one] for one in PROBES if one in container]
            for probe in probes:
                asked = probe.get("httpGet", probe.get("tcpSocket", {}))

                assert asked.get("port", "exec") in {*ports, "exec"}
                assert asked.get("path", "/").startswith("/")


@on_every_sample
def test_an_amount_is_a_quantity_and_no_request_is_above_its_limit(name: str):
    for manifest in objects(name):
        for container in containers(manifest):
            reserved = container["resources"]
            requests = {key: quantity(one) for key, one in reserved["requests"].items()}
            limits = {key: quantity(one) for key, one in reserved.get("limits", {}).items()}

            assert all(one > 0 for one in {**requests, **limits}.values())
            assert all(one <= limits.get(key, one) for key, one in requests.items())


@on_every_sample
def test_a_container_may_take_as_much_memory_as_it_reserves(name: str):
    for manifest in objects(name):
        for container in containers(manifest):
            reserved = container["resources"]

            assert reserved["limits"]["memory"] == reserved["requests"]["memory"], manifest


@on_every_sample
def test_a_variable_of_our_programs_is_one_that_they_read(name: str):
    found = objects(name)
    read = {
        one["metadata"]["name"]: " ".join(one.get("data", {}).values())
        for one in found
        if one["kind"] == "ConfigMap"
    }
    for manifest in found:
        volumes = [one["configMap"]["name"] for one in pod_spec(manifest).get("volumes", ())
                   if "configMap" in one]  # fmt: skip
        for container in containers(manifest):
            if any(word.endswith(".py") for word in container.get("command", ())):
                told = {one["name"] for one in container.get("env", ())}
                ours = {one for one in told if not one.startswith(OTHERS)}
                program = " ".join(read[one] for one in volumes)

                assert {one for one in ours if f'"{one}"' not in program} == set()


@on_every_sample
def test_an_alert_says_what_happened_and_what_to_do(name: str):
    for manifest in objects(name):
        if manifest["kind"] == "PrometheusRule":
            for rule in manifest["spec"]["groups"][0]["rules"]:
                assert rule["expr"]
                assert all(rule["annotations"][one].strip() for one in ("summary", "description"))


@on_every_sample
def test_a_rule_of_a_network_policy_says_who_and_which_ports(name: str):
    for one in objects(name):
        spec: dict[str, Any] = one["spec"] if one["kind"] == "NetworkPolicy" else {}
        for way, peers in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(way, []):
                assert rule[peers]
                assert rule["ports"]
                assert all(peer for peer in rule[peers])


@on_every_sample
def test_a_network_policy_and_a_budget_are_about_pods_of_the_stack(name: str):
    found = objects(name)
    pods = [one["metadata"]["labels"] for manifest in found for one in started(manifest)]
    for one in found:
        if one["kind"] in ("NetworkPolicy", "PodDisruptionBudget"):
            spec = one["spec"]
            selector = spec.get("podSelector", spec.get("selector"))

            assert any(selects(selector, labels) for labels in pods), one["metadata"]["name"]


def started(manifest: Any) -> Iterator[Any]:
    """Yield the pods that an object starts; an AnalysisTemplate does so with Jobs."""
    if found := pod_template(manifest):
        yield found
    if manifest["kind"] == "AnalysisTemplate":
        jobs = (one["provider"].get("job") for one in manifest["spec"]["metrics"])
        yield from (one["spec"]["template"] for one in jobs if one)


def selects(selector: Any, labels: dict[str, str]) -> bool:
    """Return whether a label selector selects a pod."""
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        (labels.get(one["key"]) in one["values"]) is (one["operator"] == "In")
        for one in selector.get("matchExpressions", [])
        if "values" in one
    )
