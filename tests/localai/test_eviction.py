"""The rule by which a server evicts, played through: how many models it counts before a load."""

from hypothesis import given
from hypothesis import strategies as st

from localai.release import LIMIT, PRELOAD, RETRIES, preloads, roomy
from localai.server import SERVERS

models = st.integers(1, 200)


def counted(registered: int, loading: int) -> int:
    """Return what a server counts before a load: a model that loads is registered as well."""
    return registered + loading + 1


@given(models, st.data())
def test_at_the_lowest_roomy_limit_no_load_evicts(count: int, data: st.DataObject):
    registered = data.draw(st.integers(0, count))
    loading = data.draw(st.integers(0, registered))

    assert counted(registered, loading) <= roomy(count)


@given(models)
def test_one_less_evicts_where_all_load_at_once(count: int):
    assert counted(count, count) > roomy(count) - 1


@given(models)
def test_a_roomy_limit_is_never_the_single_backend_in_which_nothing_is_preloaded(count: int):
    assert preloads(roomy(count))
    assert not preloads(1)


def test_every_known_server_reads_the_variables():
    for server in SERVERS.values():
        assert {LIMIT, PRELOAD, RETRIES} <= server.environment
