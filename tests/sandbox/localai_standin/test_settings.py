from pathlib import Path

from sandbox.localai_standin.loader import Limit
from sandbox.localai_standin.settings import read_settings


def test_an_empty_environment_means_the_defaults_of_the_server():
    made = read_settings({})

    assert (made.host, made.port, made.list_file) == ("", 8080, None)
    assert made.models == Path("/models")
    assert made.api_keys == frozenset()
    assert made.limit == Limit(models=0, retries=30, interval=1)
    assert (made.upload_bytes, made.cold_seconds, made.preload) == (15_000_000, 2, ())


def test_several_keys_are_separated_by_commas():
    made = read_settings({"LOCALAI_API_KEY": "one,two", "LOCALAI_ADDRESS": "127.0.0.1:9000"})

    assert made.api_keys == {"one", "two"}
    assert (made.host, made.port) == ("127.0.0.1", 9000)


def test_a_limit_of_exactly_one_loads_nothing_ahead():
    for limit, preload in (("0", ("a", "b")), ("1", ()), ("3", ("a", "b"))):
        variables = {"LOCALAI_LOAD_TO_MEMORY": "a,b", "LOCALAI_MAX_ACTIVE_BACKENDS": limit}
        assert read_settings(variables).preload == preload
