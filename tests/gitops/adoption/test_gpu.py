import pytest

from gitops.adoption.gpus import gpus, node_labels
from hardware.profiles import PROFILES
from tests.gitops.adoption.namespaces import Object, hand_made, only_workload, pod_of


def with_labels(labels: Object) -> list[Object]:
    objects = hand_made()
    pod_of(objects)["nodeSelector"] = labels
    return objects


def test_the_product_of_a_node_is_exact():
    asked = gpus(only_workload(hand_made()), PROFILES)

    assert asked
    assert asked.profile
    assert (asked.profile.name, asked.count, asked.exact) == ("nvidia-l4", 1, True)


@pytest.mark.parametrize(
    ("label", "value", "profile"),
    [
        ("cloud.google.com/gke-accelerator", "nvidia-tesla-t4", "nvidia-t4"),
        ("karpenter.k8s.aws/instance-gpu-name", "l40s", "nvidia-l40s"),
        ("node.kubernetes.io/instance-type", "g5.xlarge", "nvidia-a10g"),
        ("node.kubernetes.io/instance-type", "g6e.2xlarge", "nvidia-l40s"),
    ],
)
def test_a_label_of_a_cloud_tells_the_profile(label: str, value: str, profile: str):
    asked = gpus(only_workload(with_labels({label: value})), PROFILES)

    assert asked
    assert asked.profile
    assert (asked.profile.name, asked.exact, asked.told_by) == (profile, False, label)


def test_a_label_nobody_knows_tells_nothing():
    asked = gpus(only_workload(with_labels({"gpu": "yes"})), PROFILES)

    assert asked
    assert asked.profile is None


def test_a_pod_without_gpus_asks_for_none():
    assert gpus(only_workload(hand_made(resources={"limits": {"cpu": "2"}})), PROFILES) is None


def test_a_node_affinity_with_one_value_is_a_label():
    objects = with_labels({})
    one = {"key": "nvidia.com/gpu.product", "operator": "In", "values": ["NVIDIA-L4"]}
    many = {"key": "zone", "operator": "In", "values": ["a", "b"]}
    demanded = {"nodeSelectorTerms": [{"matchExpressions": [one, many]}]}
    pod_of(objects)["affinity"] = {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": demanded}
    }

    assert node_labels(only_workload(objects)) == {"nvidia.com/gpu.product": "NVIDIA-L4"}
