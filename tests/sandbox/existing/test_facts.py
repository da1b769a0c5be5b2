from sandbox.existing.prepare import Needs, facts
from tests.sandbox.existing.fake_kubectl import FakeKubectl

NEEDS = Needs(
    namespaces=frozenset(),
    devices=frozenset(),
    classes=frozenset(),
    secrets=frozenset({"here/there", "here/gone"}),
)
FORBIDDEN = "Error from server (Forbidden): it is forbidden"


def named(name: str, **more: object) -> dict[str, object]:
    return {"metadata": {"name": name, **more}}


def test_only_devices_that_some_node_has_are_offered(kubectl: FakeKubectl):
    def status(amount: str, device: str) -> dict[str, object]:
        return {"status": {"allocatable": {device: amount, "cpu": "4"}}}

    kubectl.lists("nodes", status("0", "amd.com/gpu"), status("8", "nvidia.com/gpu"))
    assert facts(kubectl.client, NEEDS).devices == {"nvidia.com/gpu"}


def test_the_default_class_is_told_from_its_mark(kubectl: FakeKubectl):
    mark = {"storageclass.kubernetes.io/is-default-class": "true"}
    kubectl.lists("storageclasses", named("fast"), named("slow", annotations=mark))
    assert facts(kubectl.client, NEEDS).classes == {"fast", "slow", ""}


def test_without_a_default_class_there_is_none(kubectl: FakeKubectl):
    kubectl.lists("storageclasses", named("fast"))
    assert facts(kubectl.client, NEEDS).classes == {"fast"}


def test_a_secret_is_asked_for_by_its_name_alone(kubectl: FakeKubectl):
    kubectl.answers("get secret there", "secret/there\n")
    assert facts(kubectl.client, NEEDS).secrets == {"here/there"}
    asked = [line for line in kubectl.asked if "secret" in line]
    assert all("--output=name" in line for line in asked)


def test_what_the_user_may_not_see_is_not_known(kubectl: FakeKubectl):
    for kind in ("nodes", "storageclasses", "namespaces", "customresourcedefinitions"):
        kubectl.fails(f"get {kind}", FORBIDDEN)
    kubectl.fails("get secret there", FORBIDDEN)
    found = facts(kubectl.client, NEEDS)
    assert (found.devices, found.classes) == (None, None)
    assert (found.namespaces, found.definitions) == (None, None)
    assert found.secrets == frozenset()
