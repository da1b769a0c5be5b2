"""The Job that embeds documents again, against an application that keeps the contract."""

import json
import sqlite3
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from components.addons.anythingllm.scripts import application, embed, keep
from tests.support.anythingllm import Application, serving

OLD = {"version": "1.16.0", "embeddings": "small-embedder", "weights": "aaa"}
NEW = {"version": "1.16.0", "embeddings": "large-embedder", "weights": "bbb"}


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    # In a pod all lie in one folder.
    monkeypatch.setitem(sys.modules, "keep", keep)
    monkeypatch.setitem(sys.modules, "application", application)
    monkeypatch.setitem(sys.modules, "embed", embed)
    monkeypatch.setattr(embed, "_WAIT_SECONDS", 0)


@pytest.fixture
def running(tmp_path: Path) -> Generator[Application]:
    with serving(tmp_path, {"EMBEDDING_MODEL_PREF": OLD["embeddings"], "AUTH_TOKEN": "letmein"},
                 embedder=lambda model, text: [float(len(text))] * (3 if "small" in model else 5),
                 ) as made:  # fmt: skip
        keep.write_mark(tmp_path, OLD)
        for name in ("a", "b", "c"):
            made.add("docs", f"custom/{name}.json", f"the text of {name}")
        yield made


def job(running: Application, wanted: keep.Mark = NEW, **more: str) -> int:
    said = {f"DECLARED_{name.upper()}": value for name, value in wanted.items()}
    known = {
        "STORAGE": str(running.storage), "APPLICATION": running.address, "PASSWORD": "letmein",
        "EMBEDDING_BASE": "http://router/v1",
    }  # fmt: skip
    return embed.main({**said, **known, **more})


def test_every_document_is_embedded_again_with_the_declared_model(
    running: Application, capsys: pytest.CaptureFixture[str]
):
    assert job(running) == 0

    assert capsys.readouterr().out == "embedded 3 documents with large-embedder\n"
    # The key that it made is gone.
    assert running.rows("select secret from api_keys") == []
    assert running.dimensions("docs") == {5}
    assert keep.read_mark(running.storage) == NEW
    assert running.sources("docs", "b") == ["custom/b.json"]
    # A second run has nothing to do.
    calls = running.embedded
    assert job(running) == 0
    assert running.embedded == calls


def test_a_model_that_stays_is_not_touched(running: Application):
    calls = running.embedded

    assert job(running, OLD) == 0

    assert running.embedded == calls


def test_a_job_that_was_ended_half_way_goes_on(running: Application):
    running.fail_after = running.embedded + 1
    assert job(running) == 1
    assert keep.read_mark(running.storage) == {**OLD, "embedding": NEW["embeddings"]}

    running.fail_after = None
    assert job(running) == 0
    assert running.sources("docs", "c") == ["custom/c.json"]
    assert len(running.documents("docs")) == 3
    assert running.dimensions("docs") == {5}


def test_a_pod_that_restarted_half_way_is_told_of_the_model_again(running: Application):
    running.fail_after = running.embedded + 1
    assert job(running) == 1
    running.restart()
    running.fail_after = None

    assert job(running) == 0
    assert running.dimensions("docs") == {5}
    assert len(running.documents("docs")) == 3


@pytest.fixture
def half(running: Application) -> Application:
    """Return one whose Job has embedded one of three documents, and failed."""
    running.fail_after = running.embedded + 1
    assert job(running) == 1
    assert len(running.documents("docs")) == 1
    running.fail_after = None
    return running


def whole(running: Application, wanted: keep.Mark, dimension: int, documents: int = 3) -> bool:
    """Return whether the data is of the declared model alone, as its mark says."""
    assert keep.read_mark(running.storage) == wanted
    assert running.dimensions("docs") == {dimension}
    assert not (running.storage / keep.PLAN).exists()
    return len(running.documents("docs")) == len(running.table("docs")) == documents


@pytest.mark.parametrize("restarts", [False, True])
def test_the_model_of_before_that_is_declared_again_embeds_every_document_again(
    half: Application, restarts: bool
):
    if restarts:
        # In its pod, past the guard: it is told of the model that it has, which does nothing.
        half.restart()

    assert job(half, OLD) == 0

    assert whole(half, OLD, 3)


def test_a_pod_of_the_model_of_before_starts_on_no_vector_of_the_other(half: Application):
    assert "answers lack documents until the Job" in keep.guard(half.storage, OLD)
    half.restart()

    status, answer = half.chat("docs", "what is in a?")

    assert (status, answer["sources"]) == (200, [])
    half.add("docs", "custom/d.json", "the text of d")
    # A second start keeps what was embedded since.
    keep.guard(half.storage, OLD)
    assert half.documents("docs") == ["custom/d.json"]
    assert job(half, OLD) == 0
    assert whole(half, OLD, 3, documents=4)


def test_a_pod_that_was_made_again_half_way_lets_the_job_go_on(half: Application):
    keep.guard(half.storage, OLD)
    half.restart()

    assert job(half) == 0

    assert whole(half, NEW, 5)


def test_the_declared_model_does_not_start_before_all_is_embedded(half: Application):
    with pytest.raises(keep.RefusedError, match="has not ended well"):
        keep.guard(half.storage, NEW)


def test_a_third_model_gets_what_was_added_and_not_what_was_deleted_meanwhile(half: Application):
    half.add("docs", "custom/d.json", "the text of d")
    (half.storage / "documents/custom/c.json").unlink()
    third = {**NEW, "embeddings": "third-embedder"}

    assert job(half, third) == 0

    assert whole(half, third, 5)
    assert sorted(half.documents("docs")) == [f"custom/{name}.json" for name in "abd"]


def test_a_document_that_was_added_after_one_change_of_model_stays_after_the_next(
    running: Application,
):
    assert job(running) == 0
    running.add("docs", "custom/d.json", "the text of d")

    assert job(running, OLD) == 0

    assert whole(running, OLD, 3, documents=4)


def test_with_users_of_its_own_the_administrator_makes_the_key(running: Application):
    word = "not-a-real-password"
    running.rows("insert into system_settings values ('multi_user_mode', 'true')")
    running.rows("insert into users (username, password, role) values ('keeper', ?, 'admin')", word)

    assert job(running) == 1
    assert job(running, ADMIN="keeper", WORD=word) == 0

    assert running.dimensions("docs") == {5}
    assert running.rows("select secret from api_keys") == []


def test_an_application_that_does_not_run_cannot_embed(
    running: Application, capsys: pytest.CaptureFixture[str]
):
    assert job(running, APPLICATION="http://127.0.0.1:9") == 1

    assert "only a running one can embed" in capsys.readouterr().err
    assert keep.read_mark(running.storage) == OLD


def test_a_wrong_password_is_told_without_it(
    running: Application, capsys: pytest.CaptureFixture[str]
):
    assert job(running, PASSWORD="not-the-password") == 1

    said = capsys.readouterr().err
    assert "name `apiKey`" in said
    assert "not-the-password" not in said


def test_an_older_release_is_refused_while_the_old_pod_still_runs(
    running: Application, capsys: pytest.CaptureFixture[str]
):
    keep.write_mark(running.storage, {**OLD, "version": "1.17.0"})

    assert job(running) == keep.FINAL

    assert "cannot read it" in capsys.readouterr().err


def test_the_stand_in_breaks_as_the_real_one_where_a_model_changes_without_the_job(
    running: Application,
):
    running.variables["EMBEDDING_MODEL_PREF"] = NEW["embeddings"]
    running.restart()

    status, answer = running.chat("docs", "what is in b?")

    assert status == 500
    assert "No vector column found" in json.dumps(answer)
    with closing(sqlite3.connect(running.storage / keep.DATABASE)) as database:
        assert database.execute("pragma journal_mode").fetchone() == ("delete",)
