import pytest

from documents.problem import RefusedError
from gitops.adoption.placement import about_pods, placement
from localai.server import server
from tests.gitops.adoption.namespaces import Object, hand_made, only_workload, pod_of, texts


def on(labels: Object, **pod: object) -> list[Object]:
    objects = hand_made()
    pod_of(objects).update({"nodeSelector": labels, **pod})
    return objects


def test_labels_of_the_profile_are_not_said_twice():
    place = placement(only_workload(hand_made()), None)

    assert place.keys == {"gpu": "nvidia-l4", "nodeSelector": {"disk": "fast"}}
    assert "nvidia-l4, by the node label nvidia.com/gpu.product" in texts(place.remarks)


def test_a_guessed_profile_tells_what_its_nodes_need():
    label = {"node.kubernetes.io/instance-type": "g6.xlarge"}
    place = placement(only_workload(on(label)), None)

    assert place.keys == {"gpu": "nvidia-l4", "nodeSelector": label}
    assert "nvidia.com/gpu.product=NVIDIA-L4; see that the nodes carry" in texts(place.remarks)


def test_a_gpu_of_unknown_kind_is_asked_for_and_never_dropped():
    one = only_workload(on({}))

    with pytest.raises(RefusedError, match=r"deployment/localai takes nvidia.com/gpu.*--gpu"):
        placement(one, None)
    assert placement(one, "nvidia-t4").keys == {"gpu": "nvidia-t4"}
    with pytest.raises(RefusedError, match="is not a GPU profile"):
        placement(one, "gtx-1")


def test_a_runtime_class_is_taken_over():
    assert placement(only_workload(on({}, runtimeClassName="nvidia")), "nvidia-l4").keys == {
        "gpu": "nvidia-l4",
        "runtimeClass": "nvidia",
    }


def test_several_gpus_are_counted():
    objects = hand_made(resources={"limits": {"nvidia.com/gpu": "2"}})

    assert placement(only_workload(objects), None).keys["gpus"] == 2


def test_a_pod_on_cpus_stays_on_cpus():
    objects = hand_made(resources={})
    pod_of(objects)["nodeSelector"] = {}

    assert placement(only_workload(objects), "nvidia-l4").keys == {}


def test_a_taint_of_a_team_is_taken_over_or_told():
    own = {"key": "llm-workload", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    every = {"operator": "Exists"}
    brief = {"key": "slow", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
    one = only_workload(on({}, tolerations=[own, every, brief]))

    assert placement(one, "nvidia-l4").keys["scheduling"] == {"tolerations": [own]}
    said = texts(about_pods(one, server("v4.9.0"), None))
    assert "tolerations: that of llm-workload" in said
    assert "that of every taint has no key in a pool" in said
    assert "that of slow has no key in a pool" in said
