import pytest

from localai.release import Distributed
from localai.server import SERVERS, server

MODES = [pytest.param(one.distributed, id=one.version) for one in SERVERS.values()]


@pytest.mark.parametrize("mode", MODES)
def test_a_worker_gives_files_out_one_port_below_its_engines(mode: Distributed):
    assert mode.file_port == mode.grpc_port - 1


@pytest.mark.parametrize("version", SERVERS)
def test_a_server_reads_what_a_front_end_is_told(version: str):
    known = server(version)

    assert known.distributed
    assert known.distributed.front_end <= known.environment


@pytest.mark.parametrize("mode", MODES)
def test_every_fact_says_where_it_was_read(mode: Distributed):
    plain = {"verb", "file_port", "grpc_port", "readiness", "liveness", "scratch", "own_path",
             "front_end", "worker"}  # fmt: skip

    assert mode.sources.keys() == plain
