from dataclasses import replace

import pytest

from localai.distributed import UnknownDistributedModeError, distributed
from localai.server import SERVERS, server


@pytest.mark.parametrize("version", SERVERS)
def test_the_distributed_mode_of_every_known_version_is_known(version: str):
    assert distributed(server(version)).file_port == distributed(server(version)).grpc_port - 1


def test_a_version_nobody_looked_up_is_refused():
    with pytest.raises(UnknownDistributedModeError, match="use one of v4"):
        distributed(replace(server("v4.9.0"), version="v5.0.0"))


@pytest.mark.parametrize("version", SERVERS)
def test_a_server_reads_what_a_front_end_is_told(version: str):
    known = server(version)

    assert distributed(known).front_end <= known.environment


def test_every_fact_says_where_it_was_read():
    facts = distributed(server("v4.9.0"))
    plain = {"verb", "file_port", "grpc_port", "readiness", "liveness", "scratch", "front_end",
             "worker"}  # fmt: skip

    assert facts.sources.keys() == plain
