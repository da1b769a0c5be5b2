"""The model check against the stand-in with real llama.cpp: what it finds is what clients get."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
import yaml

from components.addons.monitoring.model_check import declared_models
from components.addons.monitoring.scripts.model_check import Finding, check
from components.checks.resolve import resolve
from models.catalog import read_catalog
from sandbox.serving.project import definition
from sandbox.serving.tiny_model import Tiny, write_tiny
from tests.e2e.routing.loopback import HOST, free_port
from tests.e2e.routing.stand_in import stand_in
from tests.samples import STACK, pool_fields, settings

pytestmark = pytest.mark.e2e

KEY = "the-key-of-the-servers"
NAME = "tiny-v1"


class Found:
    """What the check finds of a running server, whose folder is `place`."""

    def __init__(self, place: Path, declared: dict[str, object]) -> None:
        self.place = place
        self.declared = declared

    def now(self) -> dict[str, Finding]:
        return {one.model: one for one in check(self.declared, 60)}


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Found]:
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)
    weights = write_tiny(tmp_path / f"{NAME}.gguf", Tiny(name=NAME))
    catalog = tmp_path / "models"
    catalog.mkdir()
    fields = definition(NAME, weights, f"https://files.test/{weights.name}")
    (catalog / f"{NAME}.yaml").write_text(yaml.safe_dump(fields))
    pools = {"chat": pool_fields(models=[NAME], aliases={"assistant": NAME}, cpu=1)}
    _, (pool,) = resolve(STACK, settings(pools), read_catalog(tmp_path))
    port = free_port()
    place = tmp_path / "server"
    with stand_in(pool, {NAME: weights}, place, port, KEY):
        (declared,) = declared_models([pool])["pools"]
        yield Found(place, {**declared, "url": f"http://{HOST}:{port}"})


def told(one: Finding) -> tuple[bool, bool | None, bool | None]:
    return one.listed, one.installed, one.answers


def test_a_model_and_its_alias_answer_one_token(found: Found):
    assert {name: told(one) for name, one in found.now().items()} == {
        NAME: (True, True, True), "assistant": (True, True, True),
    }  # fmt: skip


def test_without_its_engine_a_model_is_listed_and_nothing_more(found: Found):
    shutil.rmtree(found.place / "engines" / "llama-cpp")
    assert told(found.now()[NAME]) == (True, False, None)


def test_with_broken_weights_a_model_is_listed_and_does_not_answer(found: Found):
    for link in (found.place / "models").rglob("*.gguf"):
        link.unlink()
        link.write_bytes(b"GGUF of another kind")
    assert told(found.now()[NAME]) == (True, True, False)
