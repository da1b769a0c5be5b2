"""What is gone may not be in a version's own tables, nor named twice."""

from localai.server import SERVERS
from localai.tables.all_in_one import built_in
from localai.tables.engine_options import EARLIER_NAMES
from localai.tables.gone import ENGINES, VARIABLES


def test_a_version_reads_no_variable_that_is_gone():
    for server in SERVERS.values():
        assert not {f"LOCALAI_{name}" for name in VARIABLES} & server.environment


def test_a_version_has_no_engine_that_is_gone():
    for server in SERVERS.values():
        assert not ENGINES & server.engines.keys()
    assert not ENGINES & EARLIER_NAMES.keys()


def test_an_image_served_models_by_itself_only_if_it_was_all_in_one():
    names = {"gpt-4", "whisper-1", "text-embedding-ada-002", "tts-1"}

    assert names <= {str(one["name"]) for one in built_in("localai/localai:latest-aio-cpu")}
    assert names <= {
        str(one["name"]) for one in built_in("a.test/x:v2.17.1-aio-gpu-nvidia-cuda-12")
    }
    assert built_in("localai/localai:v4.9.0-gpu-nvidia-cuda-12") == ()
