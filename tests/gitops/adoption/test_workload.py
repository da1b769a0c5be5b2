import pytest

from documents.problem import RefusedError
from gitops.adoption.workload import workloads
from tests.gitops.adoption.namespaces import (
    chart,
    claim,
    found,
    hand_made,
    only_workload,
    pod_of,
    workload,
)


def test_what_has_an_image_of_localai_serves_models():
    others = [workload("web", {"name": "web", "image": "nginx:1"}), *hand_made()]

    assert [one.title for one in workloads(found(others))] == ["deployment/localai"]


@pytest.mark.parametrize(
    "image",
    [
        "localai/localai:latest",
        "quay.io/go-skynet/local-ai:v3.1.0",
        "registry.test:5000/mirror/local-ai@sha256:abc",
    ],
)
def test_an_image_of_localai_is_known_wherever_it_comes_from(image: str):
    assert only_workload(hand_made(image=image)).image == image


def test_an_image_of_another_name_has_to_be_named():
    own = found(hand_made(image="registry.test/ai-server:1"))

    with pytest.raises(RefusedError, match=r"localai \(registry.test/ai-server:1\).*--workload"):
        workloads(own)
    assert [one.name for one in workloads(own, ["localai"])] == ["localai"]
    with pytest.raises(RefusedError, match="absent is not there"):
        workloads(own, ["localai", "absent"])


def test_the_server_is_found_beside_other_containers():
    objects = hand_made()
    pod_of(objects)["containers"].insert(0, {"name": "proxy", "image": "envoy:1"})

    assert only_workload(objects).server["name"] == "server"


def test_models_lie_where_the_server_is_told_or_where_the_old_image_had_them():
    old = [{"name": "models", "mountPath": "/build/models"}]

    assert only_workload(chart()).models_folder == "/models"
    assert only_workload(hand_made(volumeMounts=old)).models_folder == "/build/models"
    assert only_workload(hand_made(args=["--models-path=/m/"])).models_folder == "/m"


def test_the_deepest_mount_holds_a_folder():
    mounts = [{"name": "all", "mountPath": "/"}, {"name": "models", "mountPath": "/models/"}]
    one = only_workload(hand_made(volumeMounts=mounts))

    assert one.mount_of("/models")["name"] == "models"
    assert one.mount_of("/data")["name"] == "all"
    assert only_workload(hand_made(volumeMounts=[])).mount_of("/models") == {}


def test_a_stateful_set_has_claims_of_its_own():
    objects = hand_made()
    objects[0]["kind"] = "StatefulSet"
    objects[0]["spec"]["volumeClaimTemplates"] = [claim("models", "ReadWriteOnce")]
    one = only_workload(objects)

    assert one.title == "statefulset/localai"
    assert one.volume("models")["persistentVolumeClaim"]["claimName"] == "models-localai-0"


def test_replicas_are_one_unless_said():
    objects = hand_made()
    del objects[0]["spec"]["replicas"]

    assert only_workload(objects).replicas == 1
