import pytest

from sandbox.cluster.waiting import WaitError, wait_until


def test_a_condition_that_holds_is_not_waited_for():
    wait_until(lambda: True, "It did not happen", seconds=0)


def test_a_condition_that_never_holds_is_named():
    with pytest.raises(WaitError, match="It did not happen within 0 s"):
        wait_until(lambda: False, "It did not happen", seconds=0)
