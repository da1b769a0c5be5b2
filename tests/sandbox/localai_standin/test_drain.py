from sandbox.localai_standin.drain import Drained, drain
from sandbox.localai_standin.loader import Loader
from sandbox.localai_standin.model_list import Entry
from tests.sandbox.localai_standin.fakes import FakeStarter, FakeTime


class Server:
    """A loader in fake time, with answers of a given length under way."""

    def __init__(self, **answers: float) -> None:
        self.time, self.start = FakeTime(), FakeStarter()
        self.loader = Loader(start=self.start, clock=self.time.clock)
        for name, seconds in answers.items():
            using = self.loader.using(Entry(name=name))
            using.__enter__()
            self.time.at(seconds, lambda using=using: using.__exit__(None, None, None))

    def drain(self) -> Drained:
        return drain(self.loader, self.time.clock)


def test_an_answer_of_fifteen_seconds_is_finished_and_the_server_ends_then():
    server = Server(a=15)

    assert server.drain() == Drained(cut=(), killed=False)
    assert 15 <= server.time.seconds < 15.5


def test_an_answer_of_fifty_seconds_is_cut_after_thirty():
    server = Server(a=50)

    assert server.drain().cut == ("a",)
    # The engine is told to end at 30, and what it still says is passed on.
    assert 30 <= server.time.seconds < 32.5


def test_with_two_models_each_has_thirty_seconds_one_after_the_other():
    server = Server(a=48, b=48)

    assert server.drain().cut == ()
    assert 48 <= server.time.seconds < 48.5


def test_the_engine_of_a_model_waited_for_in_vain_runs_while_the_next_is_waited_for():
    server = Server(a=90, b=45)
    running: list[bool] = []
    server.time.at(44, lambda: running.append(server.start.engines["a"].running))

    assert server.drain().cut == ("a",)
    assert running == [True]


def test_an_engine_that_does_not_end_is_killed_and_the_server_ends_at_once():
    server = Server(a=90)
    server.start.engines["a"].stubborn = True

    assert server.drain() == Drained(cut=("a",), killed=True)
    assert server.time.seconds < 30.5


def test_while_it_drains_a_server_takes_requests():
    server = Server(a=15)
    seen: list[str] = []

    def ask() -> None:
        with server.loader.using(Entry(name="a")) as address:
            seen.append(address)

    server.time.at(10, ask)
    server.drain()

    assert seen == ["http://a/1"]
