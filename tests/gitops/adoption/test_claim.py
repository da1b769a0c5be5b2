from gitops.adoption.pool import claim_of
from settings.pool.storage import Access
from tests.gitops.adoption.namespaces import (
    Object,
    chart,
    found,
    hand_made,
    only_workload,
    pod_of,
    texts,
)


def claim(objects: list[Object]):
    return claim_of(only_workload(objects), found(objects))


def test_the_claim_that_holds_the_models_is_used_and_kept():
    made = claim(hand_made())

    assert made.storage(None) == {"existing": "weights"}
    assert made.below_root
    assert "its data stays" in texts(made.remarks)


def test_a_claim_for_many_nodes_stays_one():
    made = claim(chart())

    assert made.storage(None) == {"existing": "local-ai-models", "access": "ReadWriteMany"}
    assert "local-ai-output: at /tmp/generated is not used any more" in texts(made.remarks)


def test_a_claim_that_was_not_read_is_taken_for_one_of_one_node():
    made = claim([one for one in hand_made() if one["kind"] != "PersistentVolumeClaim"])

    assert made.access is Access.ONE_NODE
    assert "claim weights: was not read" in texts(made.remarks)


def test_without_a_claim_a_new_one_holds_the_weights():
    objects = hand_made()
    pod_of(objects)["volumes"][0] = {"name": "models", "hostPath": {"path": "/srv"}}
    made = claim(objects)

    assert made.storage(5 * 2**30) == {"size": "15Gi"}
    assert made.storage(None) == {"size": "100Gi"}
    assert "no claim holds them today" in texts(made.remarks)


def test_from_a_folder_of_a_claim_nothing_can_be_moved_to_its_root():
    mounts = [{"name": "models", "mountPath": "/models", "subPath": "ai"}]

    assert not claim(hand_made(volumeMounts=mounts)).below_root


def test_the_claims_of_further_pods_are_named():
    objects = hand_made()
    objects[0]["kind"] = "StatefulSet"
    objects[0]["spec"]["replicas"] = 3

    assert "the other pods have claims of their own" in texts(claim(objects).remarks)
