"""`accept load` and `accept evaluate` against the stand-in with real llama.cpp."""

import asyncio
import ssl
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gitops.acceptance.evaluate import Evaluated, evaluated, evaluations
from gitops.acceptance.load import Loaded, loaded, loads
from gitops.acceptance.suite import Suite, Wanted
from gitops.adapters.service import opened
from gitops.adapters.streams import streaming
from proof.expected import Place
from proof.finding import Check, Verdict
from settings.acceptance import EvaluateSettings, LoadSettings
from tests.e2e.test_verify import ALIAS, BAD, EMBEDDER, GOOD, KEY, Running, running

pytestmark = pytest.mark.e2e

TLS = ssl.create_default_context()
DIGESTS = {GOOD: "sha256:1", BAD: "sha256:2", EMBEDDER: "sha256:3"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with running(tmp_path_factory.mktemp("served"), bad=True) as made:
        yield made


def load(place: Place, name: str, **fields: Any) -> Loaded:
    wanted = LoadSettings.model_validate(
        {"chatsPerMinute": 300, "seconds": 4, "tokens": 8, **fields}
    )
    (found,) = asyncio.run(
        loaded(
            loads([place], {name: wanted}),
            lambda one, many: opened(one.url, KEY, TLS, many),
            lambda one: streaming(one.url, KEY, TLS),
            lambda: None,
        )
    )
    return found


def verdicts(found: Loaded | Evaluated) -> dict[Check, Verdict]:
    return {one.check: one.verdict for one in found.findings}


def test_a_story_is_read_token_by_token_at_the_declared_rate(server: Running) -> None:
    found = load(server.place, ALIAS)
    assert verdicts(found)[Check.FAILING] is Verdict.PASS, found.findings
    assert found.figures
    assert (found.figures["begun"], found.figures["answered"]) == (20, 20)
    # A story goes on until its tokens are used up.
    assert found.figures["rate"]["tokens"] / found.figures["rate"]["answered"] == pytest.approx(
        8, rel=0.01
    )


def test_a_model_that_answers_rubbish_is_not_loaded(server: Running) -> None:
    found = load(server.place, BAD)
    assert (verdicts(found), found.figures) == ({Check.ANSWERS: Verdict.FAIL}, None)


def evaluate(server: Running, *expects: dict[str, Any], judge: str | None = None) -> Evaluated:
    asks = ("What is the capital of France?", "What is 2+2?", "ping")
    questions = [{"id": f"q{at}", "ask": asks[at], "expect": one} for at, one in enumerate(expects)]
    suite = Suite.model_validate({"description": "a", "questions": questions})
    fields = {"models": [GOOD], "leastPercent": 60, "judge": judge, "embedder": EMBEDDER}
    wanted = Wanted(name="facts", suite=suite, settings=EvaluateSettings.model_validate(fields))
    (found,) = asyncio.run(
        evaluated(
            evaluations([server.place], [wanted], DIGESTS),
            lambda one, many: opened(one.url, KEY, TLS, many),
            lambda: None,
        )
    )
    return found


def test_answers_of_a_real_engine_are_scored(server: Running) -> None:
    found = evaluate(
        server,
        {"contains": ["Paris"]},
        {"exact": "4"},
        {"similar": {"to": "pong", "at_least": 0.9}},
    )
    assert [(one.id, one.right, one.error) for one in found.answers] == [
        ("q0", True, ""), ("q1", True, ""), ("q2", True, ""),
    ]  # fmt: skip
    assert verdicts(found)[Check.SCORE] is Verdict.PASS


def test_a_judge_that_writes_something_else_makes_no_score(server: Running) -> None:
    found = evaluate(server, {"judge": "It names a city."}, judge=ALIAS)
    assert verdicts(found)[Check.SCORE] is Verdict.FAIL
    assert found.figures
    assert list(found.figures["errors"]) == [f"{ALIAS}: its verdict was neither yes nor no"]


def test_a_server_that_ends_meanwhile_never_passes(tmp_path: Path) -> None:
    with running(tmp_path, bad=False) as made:
        made.process.kill()
        made.process.wait(60)
        found = load(replace(made.place), GOOD)
        assert verdicts(found) == {Check.ANSWERS: Verdict.FAIL}
