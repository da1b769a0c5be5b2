from sandbox.localai_standin.loader import Limit, Memory, Resident
from tests.sandbox.localai_standin.fakes import FakeEngine


def resident(name: str, last_used: float = 0.0, requests: int = 0) -> Resident:
    engine = FakeEngine(address=name)
    return Resident(name=name, last_used=last_used, engine=engine, requests=requests)


def memory(*residents: Resident) -> Memory:
    return Memory(residents={one.name: one for one in residents})


def evicted(found: Memory, limit: int, pending: int = 0) -> tuple[list[str], bool]:
    gone, busy = found.evict(Limit(models=limit), pending)
    return [one.name for one in gone], busy


def test_without_a_limit_nothing_has_to_go():
    assert evicted(memory(resident("a"), resident("b")), 0) == ([], False)


def test_what_was_not_used_for_longest_goes_first():
    found = memory(resident("a", 3), resident("b", 1), resident("c", 2))

    assert evicted(found, 2) == (["b", "c"], False)
    assert list(found.residents) == ["a"]


def test_a_busy_model_stays_and_is_told():
    assert evicted(memory(resident("a", requests=1)), 1) == ([], True)
    assert evicted(memory(resident("a", requests=1), resident("b", 9)), 1) == (["b"], True)


def test_a_load_under_way_counts_twice_so_that_only_twice_the_models_and_one_hold_all():
    for models in (1, 2, 3):
        names = [f"model-{number}" for number in range(models)]
        for limit, fits in ((2 * models, False), (2 * models + 1, True)):
            found = memory(*map(resident, names))
            assert (evicted(found, limit, pending=models) == ([], False)) is fits


def test_a_model_whose_engine_has_ended_is_forgotten():
    one = resident("a")
    assert one.engine
    one.engine.stop(0)
    found = memory(one)

    assert found.ready("a") is None
    assert found.residents == {}


def test_a_model_without_an_engine_is_not_ready_and_stays():
    found = memory(Resident(name="a", last_used=0))

    assert found.ready("a") is None
    assert list(found.residents) == ["a"]
