from pathlib import Path

from sandbox.localai_standin.settings import read_settings


def test_an_empty_environment_means_the_defaults_of_the_server():
    made = read_settings({})

    assert (made.host, made.port, made.list_file) == ("", 8080, None)
    assert made.models == Path("/models")
    assert made.api_keys == frozenset()


def test_several_keys_are_separated_by_commas():
    made = read_settings({"LOCALAI_API_KEY": "one,two", "LOCALAI_ADDRESS": "127.0.0.1:9000"})

    assert made.api_keys == {"one", "two"}
    assert (made.host, made.port) == ("127.0.0.1", 9000)
