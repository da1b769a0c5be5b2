import re
from dataclasses import replace
from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.adoption.placement import about_pods, placement
from hardware.declared import read_profiles
from hardware.profiles import PROFILES
from localai.release import Accelerator
from localai.server import server
from tests.gitops.adoption.namespaces import Object, hand_made, only_workload, pod_of, texts


def on(labels: Object, **pod: object) -> list[Object]:
    objects = hand_made()
    pod_of(objects).update({"nodeSelector": labels, **pod})
    return objects


def test_labels_of_the_profile_are_not_said_twice():
    place = placement(only_workload(hand_made()), None, PROFILES)

    assert place.keys == {"gpu": "nvidia-l4", "nodeSelector": {"disk": "fast"}}
    assert "nvidia-l4, by the node label nvidia.com/gpu.product" in texts(place.remarks)


def test_a_guessed_profile_tells_what_its_nodes_need():
    label = {"node.kubernetes.io/instance-type": "g6.xlarge"}
    place = placement(only_workload(on(label)), None, PROFILES)

    assert place.keys == {"gpu": "nvidia-l4", "nodeSelector": label}
    assert "nvidia.com/gpu.product=NVIDIA-L4; see that the nodes carry" in texts(place.remarks)


def test_a_gpu_of_unknown_kind_is_asked_for_and_never_dropped():
    one = only_workload(on({}))

    with pytest.raises(RefusedError, match=r"deployment/localai takes nvidia.com/gpu.*--gpu"):
        placement(one, None, PROFILES)
    assert placement(one, "nvidia-t4", PROFILES).keys == {"gpu": "nvidia-t4"}
    with pytest.raises(RefusedError, match="is not a GPU profile"):
        placement(one, "gtx-1", PROFILES)


def test_a_runtime_class_is_taken_over():
    assert placement(
        only_workload(on({}, runtimeClassName="nvidia")), "nvidia-l4", PROFILES
    ).keys == {
        "gpu": "nvidia-l4",
        "runtimeClass": "nvidia",
    }


def test_several_gpus_are_counted():
    objects = hand_made(resources={"limits": {"nvidia.com/gpu": "2"}})

    assert placement(only_workload(objects), None, PROFILES).keys["gpus"] == 2


def test_a_pod_on_cpus_stays_on_cpus():
    objects = hand_made(resources={})
    pod_of(objects)["nodeSelector"] = {}

    assert placement(only_workload(objects), "nvidia-l4", PROFILES).keys == {}


def test_a_taint_of_a_team_is_taken_over_or_told():
    own = {"key": "llm-workload", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    every = {"operator": "Exists"}
    brief = {"key": "slow", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
    one = only_workload(on({}, tolerations=[own, every, brief]))

    assert placement(one, "nvidia-l4", PROFILES).keys["scheduling"] == {"tolerations": [own]}
    said = texts(about_pods(one, server("v4.9.0"), None))
    assert "tolerations: that of llm-workload" in said
    assert "that of every taint has no key in a pool" in said
    assert "that of slow has no key in a pool" in said


RARE = {"nvidia.com/gpu.product": "Quadro-RTX-8000"}


def test_a_label_that_no_profile_describes_is_told_with_a_profile_to_paste(tmp_path: Path):
    with pytest.raises(RefusedError) as caught:
        placement(only_workload(on({**RARE, "nvidia.com/gpu.memory": "46080"})), None, PROFILES)

    said = str(caught.value)
    assert "no profile describes nodes with nvidia.com/gpu.product=Quadro-RTX-8000" in said
    (name, text) = re.findall(r"gpus/(\S+)\.yaml: `([^`]+)`", said)[0]
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / f"{name}.yaml").write_text(text)
    known = read_profiles(tmp_path)
    assert known[name].memory == 46080 * 2**20
    assert placement(only_workload(on(RARE)), None, known).keys == {"gpu": name}


def test_the_profile_of_another_card_is_refused_against_the_label():
    with pytest.raises(RefusedError, match=r"nvidia-rtx-4090 is for nodes with .*Quadro-RTX-8000"):
        placement(only_workload(on(RARE)), "nvidia-rtx-4090", PROFILES)


def test_a_label_comes_before_the_profile_that_is_named_and_says_so():
    place = placement(only_workload(hand_made()), "nvidia-t4", PROFILES)

    assert place.keys["gpu"] == "nvidia-l4"
    assert "nvidia-l4, by the node label" in texts(place.remarks)
    assert "and not nvidia-t4 as named" in texts(place.remarks)


def test_of_two_profiles_of_one_label_the_named_one_is_taken():
    newer = replace(PROFILES["nvidia-l4"], name="l4-new", accelerator=Accelerator.CUDA_13)
    place = placement(only_workload(hand_made()), "l4-new", {**PROFILES, "l4-new": newer})

    assert place.keys["gpu"] == "l4-new"
