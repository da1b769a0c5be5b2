"""A version of LocalAI is one file: images, engines, their options, distributed mode."""

from pathlib import Path

import pytest

from components.parts.part import plain
from components.server.workers import WorkersArgs, template
from localai import server as known
from localai import versions
from localai.release import Accelerator
from models import options
from tests.components.distributed_pool import distributed_pool, distributed_settings

FILE = """
from dataclasses import replace

from localai.release import Accelerator, Engine
from localai.versions.v4_9_0 import SERVER as BEFORE

_LLAMA_CPP = BEFORE.engines["llama-cpp"]

SERVER = replace(
    BEFORE,
    version="v4.92.0",
    engines={
        **BEFORE.engines,
        "llama-cpp": replace(_LLAMA_CPP, options=_LLAMA_CPP.options | {"brand_new"}),
        "oracle": Engine(name="oracle", variants={Accelerator.CPU: "cpu"}, source="read: nowhere"),
    },
    distributed=replace(BEFORE.distributed, verb="labor", file_port=50077),
)
"""
VERSION = "v4.92.0"


@pytest.fixture(autouse=True)
def one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "v4_92_0.py").write_text(FILE)
    monkeypatch.setattr(versions, "__path__", [*versions.__path__, str(tmp_path)])
    found = known.read()
    monkeypatch.setattr(known, "SERVERS", found)
    monkeypatch.setattr(options, "SERVERS", found)


def test_it_is_the_newest_known_version():
    assert list(known.SERVERS)[-1] == VERSION


def test_its_engines_have_images_of_its_release_and_may_be_named_by_a_model():
    image = known.engine_image(known.server(VERSION), "oracle", Accelerator.CPU)

    assert VERSION in image
    assert image.endswith("cpu-oracle")
    assert options.known_engine("oracle") == "oracle"


def test_an_option_it_reads_is_taken_from_a_model_file():
    assert not list(options.refusals("llama-cpp", ["brand_new:1"]))
    assert list(options.refusals("llama-cpp", ["brand_newer:1"]))


def test_a_distributed_pool_runs_as_its_file_says():
    pool = distributed_pool(stack_fields={"server": {"version": VERSION}})

    pod = plain(template(WorkersArgs(pool=pool, settings=distributed_settings(pool))))["spec"]

    (worker,) = pod["containers"]
    assert worker["image"].partition(":")[2].startswith(VERSION)
    assert worker["command"][1] == "labor"
    assert {"name": "files", "containerPort": 50077} in worker["ports"]
