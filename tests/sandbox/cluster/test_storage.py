from sandbox.cluster.nodes import DEFAULT_CLASS, STORAGE_CLASSES


def test_one_class_is_the_default():
    defaults = [one for one in STORAGE_CLASSES if DEFAULT_CLASS in str(one["metadata"])]
    assert len(defaults) == 1


def test_volumes_are_made_only_when_a_pod_needs_them():
    assert {one["volumeBindingMode"] for one in STORAGE_CLASSES} == {"WaitForFirstConsumer"}
