from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import pod_reasons


def pod(**status: object) -> Properties:
    return {"metadata": {"name": "a"}, "status": status}


def test_an_unschedulable_pod_says_what_lacks() -> None:
    text = "0/7 nodes are available: 7 Insufficient nvidia.com/gpu."
    scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    found = pod_reasons(pod(conditions=[{**scheduled, "message": text}]))
    assert found == [f"pod a: Unschedulable: {text}"]


def test_a_pod_without_its_image_says_so() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": 'pulling "x"'}}
    found = pod_reasons(pod(containerStatuses=[{"name": "main", "state": waiting}]))
    assert found == ['pod a: container main: ImagePullBackOff: pulling "x"']


def test_a_container_that_ended_says_its_exit_code() -> None:
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    found = pod_reasons(pod(initContainerStatuses=[{"name": "init", "state": ended}]))
    assert found == ["pod a: container init: OOMKilled: exit code 137"]


def test_a_running_pod_says_nothing() -> None:
    running: Properties = {"name": "main", "state": {"running": {}}}
    assert pod_reasons(pod(containerStatuses=[running])) == []
