from pathlib import Path
from typing import Any

from sandbox.serving.local_volumes import local_class, local_volume


def test_a_local_volume_binds_a_claim_of_its_class_to_the_real_node():
    volume: dict[str, Any] = local_volume("one", Path("/volumes/one"), "1Gi")
    (term,) = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]

    assert volume["spec"]["local"] == {"path": "/volumes/one"}
    assert volume["spec"]["storageClassName"] == "local"
    assert local_class()["volumeBindingMode"] == "WaitForFirstConsumer"
    assert term["matchExpressions"][0]["values"] == ["real-0"]
