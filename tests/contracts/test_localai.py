"""The stand-in, or a real server, against the contract of LocalAI."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contracts.line import Line, Server, fails
from tests.sandbox.localai_standin.started import KEY, State, started

CONTRACT: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("localai.yaml").read_text("utf-8")
)
REAL = os.environ.get("LOCALAI_URL", "")
LINES = [line for state in CONTRACT.values() for line in state["lines"]]


def state_of(fields: Mapping[str, Any]) -> State:
    return State(
        listed=fields["list"],
        engines=fields["engines"],
        weights=fields["weights"],
        variables=fields["variables"],
    )


@pytest.mark.skipif(bool(REAL), reason="a real server is asked instead")
@pytest.mark.parametrize("name", CONTRACT)
def test_the_stand_in_keeps_every_line(tmp_path: Path, name: str):
    fields = CONTRACT[name]
    with started(state_of(fields), tmp_path) as one:
        server = Server(url=f"http://127.0.0.1:{one.port}", key=KEY)
        assert [problem for line in fields["lines"] for problem in fails(server, line)] == []


@pytest.mark.skipif(not REAL, reason="LOCALAI_URL names no server")
def test_a_real_server_keeps_every_line():
    server = Server(url=REAL, key=os.environ["LOCALAI_KEY"])
    lines: list[Line] = CONTRACT[os.environ["LOCALAI_STATE"]]["lines"]
    asked = [line for line in lines if not line.get("stand_in")]
    assert [problem for line in asked for problem in fails(server, line)] == []


def test_every_line_has_its_own_words_and_a_source():
    says = [line["says"] for line in LINES]

    assert len(set(says)) == len(says)
    assert [line["says"] for line in LINES if "v4.9.0" not in line["source"]] == []


def test_a_line_that_is_not_kept_is_told(tmp_path: Path):
    with started(state_of(CONTRACT["ahead"]), tmp_path) as one:
        server = Server(url=f"http://127.0.0.1:{one.port}", key=KEY)
        line = {"says": "no health", "request": {"path": "/readyz"}, "expect": {"status": 503}}
        assert fails(server, line) == ["no health: status 200 instead of 503: "]
