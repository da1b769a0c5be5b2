from sandbox.localai_standin.loader import Cooldown
from tests.sandbox.localai_standin.fakes import FakeTime


def test_each_failure_in_a_row_doubles_the_wait_up_to_five_minutes():
    time = FakeTime()
    cooldown = Cooldown(clock=time.clock)
    waits: list[float] = []
    for _ in range(8):
        cooldown.failed("a")
        waits.append(cooldown.left("a"))
        time.sleep(waits[-1])

    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]


def test_a_model_that_loads_starts_anew():
    cooldown = Cooldown(clock=FakeTime().clock)
    cooldown.failed("a")
    cooldown.loaded("a")

    assert cooldown.left("a") == 0
    cooldown.failed("a")
    assert cooldown.left("a") == 10
    assert cooldown.left("b") == 0
