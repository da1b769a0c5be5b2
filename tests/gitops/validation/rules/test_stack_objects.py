from gitops.validation.rules.stack_objects import StackObject, StackObjects, namespace, title
from tests.gitops.validation.rules.objects import LABELS, NAMESPACE, plain, workload

STACK = StackObjects(
    objects=(StackObject(manifest=workload()), StackObject(manifest=plain("Service")))
)


def test_objects_are_found_by_kind():
    assert [title(one) for one in STACK.of_kind("Service", "Role")] == ["Service it"]


def test_pods_carry_their_owner_and_labels():
    (pod,) = STACK.pods.pods

    assert (title(pod.owner), pod.namespace, pod.labels) == (
        "Deployment localai-chat",
        NAMESPACE,
        LABELS,
    )


def test_an_object_without_metadata_has_no_namespace():
    assert namespace({"kind": "Role"}) == ""
    assert title({"kind": "Role"}) == "Role None"
