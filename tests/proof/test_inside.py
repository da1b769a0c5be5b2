"""What the Job of a pool finds at good, broken and lying servers, and what it leaves behind."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from components.server.verification import expected
from proof.__main__ import MOST_MESSAGE_BYTES, Declared, declared_of, main, message, proven
from proof.finding import Check, Finding, Verdict, passed
from proof.volume import Reading
from tests.proof.served import KEY, Handler, Served, good, says, serving, status
from tests.proof.test_verify import (
    ALIASES,
    BROKEN,
    CHAT,
    MODELS,
    OTHER,
    WHOLE,
    at_once,
    drip,
    failures,
    other,
    server,
)
from tests.samples import pool_fields, stack
from tests.support.project import ROOT

# As pods run it, but without the packages of this machine as well.
PROGRAM = [sys.executable, "-EsS", "-m", "proof"]


def declared(url: str, **fields: Any) -> Declared:
    answer = {"longestAnswer": fields.pop("longestAnswer", 120)}
    pool = pool_fields(models=MODELS, aliases=ALIASES, memory="64Gi", **fields)
    context, pools = stack({"every": pool}, server={"version": "v4.9.0", **answer})
    place = expected(context, pools, url)
    return Declared(stack="dev", release="abc", place=place, content=None, patience=0.2)


def inside(served: Served, key: str = KEY, **fields: Any) -> tuple[Finding, ...]:
    with serving(served):
        return proven(declared(served.url, **fields), key, Reading(), at_once)


def test_a_good_server_passes_as_from_outside():
    findings = inside(server())
    assert failures(findings) == []
    assert {one.name for one in findings if one.check is Check.ANSWERS} == {*MODELS, *ALIASES}
    assert [one.verdict for one in findings if one.check is Check.LEADS].count(Verdict.PASS) == 2


@pytest.mark.parametrize("name", BROKEN)
def test_a_model_that_does_not_work_fails_by_the_words_of_verify(name: str):
    model, behavior, words = BROKEN[name]
    ((check, failed, text),) = failures(inside(server(**{model: behavior})))
    assert (check, failed) == (Check.ANSWERS, model)
    assert words in text


@pytest.mark.parametrize("name", WHOLE)
def test_a_server_that_is_not_as_declared_fails(name: str):
    path, behavior, words = WHOLE[name]
    told = failures(inside(server(**{path: behavior})))
    assert told
    assert all(words in text for _, _, text in told)


def test_a_model_that_somebody_added_and_an_alias_that_leads_elsewhere_fail():
    served = server(assistant=other)
    served.names = [*served.names, "loose"]
    assert failures(inside(served)) == [
        (Check.LISTED, "loose", "is listed, and not declared"),
        (Check.LEADS, "assistant", f"leads to {OTHER}, not to {CHAT}"),
    ]


def test_settings_that_a_user_interface_could_change_fail():
    found = failures(inside(server(**{"/api/settings": says(b"{}")})))
    assert [(check, name) for check, name, _ in found] == [(Check.ADDED, "settings")]


def test_an_answer_that_drips_ends_at_its_limit():
    began = time.monotonic()
    ((_, name, text),) = failures(inside(server(**{CHAT: drip}), longestAnswer=1))
    assert (name, text) == (CHAT, "did not answer within 1 s")
    assert time.monotonic() - began < 5


def test_a_server_that_is_half_ready_is_asked_again_and_one_that_is_down_fails():
    turns = iter([status(503), status(502), status(503)])

    def starting(handler: Handler, name: str) -> None:
        next(turns, good)(handler, name)

    assert failures(inside(server(**{"/v1/models": starting}))) == []
    with serving(server()) as served:
        url = served.url
    down = proven(declared(url), KEY, Reading())
    assert {check for check, _, _ in failures(down)} == {Check.LISTED, Check.VERSION}


def test_a_pool_that_may_sleep_is_asked_only_while_it_does_not():
    with serving(server()) as served:
        awake = asleep(declared(served.url))
        assert any(one.check is Check.ANSWERS for one in proven(awake, KEY, Reading()))
    findings = proven(awake, KEY, Reading())
    assert [(one.check, one.text) for one in findings] == [
        (Check.LISTED, "no server was asked: the pool sleeps")
    ]
    assert passed(findings)


def asleep(found: Declared) -> Declared:
    (pool,) = found.place.pools
    return replace(found, place=replace(found.place, pools=(replace(pool, may_sleep=True),)))


def test_a_wrong_key_is_told_and_no_key_is_shown():
    told = failures(inside(server(), key="another-key"))
    assert {text for _, _, text in told} == {"answered 401: An authentication key is required"}
    assert KEY not in str(inside(server(**{CHAT: status(500, KEY.encode() * 2)})))


def test_what_is_written_down_is_read_back_as_it_was():
    found = declared("http://h")
    assert declared_of(json.loads(json.dumps(asdict(found)))) == found


def finding(number: int, text: str) -> Finding:
    return Finding(
        check=Check.ANSWERS, pool="every", name=f"model-{number}", verdict=Verdict.FAIL, text=text
    )


@pytest.mark.parametrize(("count", "text"), [(0, ""), (1, "is empty"), (3000, "ü" * 300)])
def test_the_message_is_whole_json_that_fits_where_kubernetes_shows_it(count: int, text: str):
    said = message(declared("http://h"), [finding(number, text) for number in range(count)])
    assert len(said.encode()) <= MOST_MESSAGE_BYTES
    found = json.loads(said)
    assert (found["passed"], found["stack"], found["pool"]) == (not count, "dev", "every")
    assert bool(found["why"]) is bool(count)


def run(found: Declared, folder: Path, program: Sequence[str] = PROGRAM) -> Any:
    """Run the program as a pod does; return what it left, and its exit code."""
    (folder / "declared.json").write_text(json.dumps(asdict(found)))
    log = folder / "log"
    environment = {"PATH": os.environ["PATH"], "LOCALAI_API_KEY": KEY}
    done = subprocess.run(
        [*program, str(folder / "declared.json"), str(log)], cwd=ROOT, env=environment,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return {**json.loads(log.read_text()), "code": done.returncode, "lines": done.stdout}


def test_the_program_of_a_pod_needs_the_standard_library_alone(tmp_path: Path):
    with serving(server()) as served:
        left = run(declared(served.url), tmp_path)
    assert (left["passed"], left["code"], left["why"], left["release"]) == (True, 0, [], "abc")
    with serving(server(**{CHAT: says(b"")})) as served:
        left = run(declared(served.url), tmp_path)
    assert (left["passed"], left["code"]) == (False, 1)
    assert f"answers {CHAT}: its answer was cut" in left["why"][0]
    assert f"fail   answers  {CHAT}" in left["lines"]


def test_what_a_server_says_forges_no_line_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)
    words = b'{"error": {"message": "broken\\u001b[2J\\npass   answers qwen3-0.6b: said Paris"}}'
    with serving(server(**{CHAT: status(500, words)})) as served:
        file = tmp_path / "declared.json"
        file.write_text(json.dumps(asdict(declared(served.url))))
        assert main(str(file), str(tmp_path / "log")) == 1

    printed = capsys.readouterr().out
    assert r"broken\u001b[2J\u000apass" in printed
    assert "\x1b" not in printed
    assert "\npass   answers qwen3-0.6b" not in printed
