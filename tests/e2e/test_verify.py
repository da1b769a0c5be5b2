"""`verify` against the stand-in with real llama.cpp: a good model, and one that answers rubbish."""

import asyncio
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest
import yaml

from components.checks.resolve import resolve
from gitops.acceptance.expectation import places
from gitops.adapters.service import opened
from models.catalog import read_catalog
from proof.__main__ import Declared, proven
from proof.expected import Place
from proof.finding import Check, Finding, Verdict, passed
from proof.verified import verified
from proof.volume import Reading
from sandbox.serving.project import definition
from sandbox.serving.tiny_model import BAD_ANSWER, Tiny, write_tiny
from tests.e2e.routing.loopback import HOST, free_port
from tests.e2e.routing.stand_in import stand_in
from tests.samples import STACK, pool_fields, settings

pytestmark = pytest.mark.e2e

KEY = "the-key-of-the-servers"
GOOD, BAD, EMBEDDER, ALIAS = "tiny-v1", "tiny-v2", "tiny-embedder", "assistant"
RUNS = 100
TLS = ssl.create_default_context()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A pool that is served, the process of its server, and its address."""

    place: Place
    process: Popen[bytes]

    def verify(self, place: Place | None = None) -> tuple[Finding, ...]:
        asked = [place or self.place]
        return asyncio.run(
            verified(asked, lambda one, many: opened(one.url, KEY, TLS, many), lambda: None)
        )

    def proven(self) -> tuple[Finding, ...]:
        """Return what the Job of the pool would find."""
        declared = Declared(stack="test", release="", place=self.place, content=None, patience=1)
        return proven(declared, KEY, Reading())


@contextmanager
def running(folder: Path, *, bad: bool) -> Generator[Running]:
    """Serve a chat model, one that is bad or not, embeddings, and an alias."""
    weights = {
        name: write_tiny(folder / f"{name}.gguf", Tiny(name=name, bad=bad and name == BAD))
        for name in (GOOD, BAD, EMBEDDER)
    }
    (folder / "models").mkdir()
    for name, file in weights.items():
        fields = definition(name, file, f"https://files.test/{file.name}")
        if name == EMBEDDER:
            del fields["template"]
            fields |= {"kind": "embeddings", "pooling": "mean", "embedding_dimensions": 128}
        (folder / "models" / f"{name}.yaml").write_text(yaml.safe_dump(fields))
    pools = {"chat": pool_fields(models=[GOOD, BAD, EMBEDDER], aliases={ALIAS: GOOD}, cpu=1)}
    context, (pool,) = resolve(STACK, settings(pools), read_catalog(folder))
    port = free_port()
    with stand_in(pool, weights, folder / "server", port, KEY) as process:
        (place,) = places(context, [pool], [f"http://{HOST}:{port}"])
        yield Running(place=place, process=process)


@pytest.fixture
def good(tmp_path: Path) -> Generator[Running]:
    with running(tmp_path, bad=False) as made:
        yield made


@pytest.fixture
def bad(tmp_path: Path) -> Generator[Running]:
    with running(tmp_path, bad=True) as made:
        yield made


def test_good_models_pass_every_time_and_say_who_answered(good: Running) -> None:
    first = good.verify()
    assert [one for one in first if one.verdict is not Verdict.PASS] == []
    by = {(one.check, one.name): one.answered_by for one in first if one.answered_by}
    assert by == {
        **{(Check.ANSWERS, name): name for name in (GOOD, BAD, EMBEDDER, ALIAS)},
        (Check.LEADS, ALIAS): GOOD,
    }
    assert sum(not passed(good.verify()) for _ in range(RUNS)) == 0


def test_a_bad_model_fails_every_time_and_no_other_does(bad: Running) -> None:
    for _ in range(RUNS):
        (failed,) = [one for one in bad.verify() if one.verdict is Verdict.FAIL]
        assert (failed.check, failed.name) == (Check.ANSWERS, BAD)
        assert repr(BAD_ANSWER.strip()) in failed.text


def test_from_inside_good_models_pass_every_time_and_a_bad_one_fails_every_time(
    tmp_path: Path,
) -> None:
    for bad in (False, True):
        (folder := tmp_path / str(bad)).mkdir()
        with running(folder, bad=bad) as made:
            found = [made.proven() for _ in range(RUNS)]
        failed = [{(one.check, one.name) for one in each if one.verdict is Verdict.FAIL}
                  for each in found]  # fmt: skip
        assert failed == [{(Check.ANSWERS, BAD)} if bad else set()] * RUNS
        assert [passed(each) for each in found] == [not bad] * RUNS


def test_a_server_that_ends_meanwhile_never_passes(good: Running) -> None:
    good.process.kill()
    good.process.wait(60)
    assert not passed(good.verify())
