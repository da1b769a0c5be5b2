from dataclasses import FrozenInstanceError

import pytest

from hardware.profile import GIB, Toleration


def test_a_gibibyte_is_2_to_the_30():
    assert GIB == 1_073_741_824


def test_a_taint_keeps_pods_from_being_placed_unless_it_says_otherwise():
    assert Toleration(key="gpu").effect == "NoSchedule"
    assert Toleration(key="gpu", effect="NoExecute").effect == "NoExecute"


def test_a_profile_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Toleration(key="gpu").key = "other"  # pyright: ignore[reportAttributeAccessIssue] (that is the test)
