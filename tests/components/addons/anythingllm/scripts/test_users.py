"""The Job that makes users, against an application that keeps the contract."""

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from components.addons.anythingllm.scripts import application, users
from tests.support.anythingllm import Application, serving

WORDS = {"keeper": "not-a-real-password", "ada": "not-a-real-one-either"}


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    # In a pod both lie in one folder.
    monkeypatch.setitem(sys.modules, "application", application)
    monkeypatch.setattr(users, "_WAIT_SECONDS", 0)


@pytest.fixture
def running(tmp_path: Path) -> Generator[Application]:
    with serving(tmp_path / "storage", {"AUTH_TOKEN": "letmein"}) as made:
        yield made


def job(running: Application, words: dict[str, str], **more: str) -> int:
    folder = running.storage.parent / "users"
    folder.mkdir(exist_ok=True)
    for name, word in words.items():
        (folder / name).write_text(f"{word}\n")
    known = {"APPLICATION": running.address, "FOLDER": str(folder), "USERS": ",".join(words)}
    return users.main({**known, "PASSWORD": "letmein", **more})


def test_the_first_is_the_administrator_and_the_others_are_made_once(
    running: Application, capsys: pytest.CaptureFixture[str]
):
    assert job(running, WORDS) == 0
    assert capsys.readouterr().out == "made the users ada\n"
    assert running.rows("select username, role from users") == [
        ("keeper", "admin"),
        ("ada", "default"),
    ]

    assert job(running, WORDS) == 0
    assert capsys.readouterr().out == "every declared user is there\n"
    assert job(running, {**WORDS, "ben": "not-a-real-third-one"}) == 0
    assert capsys.readouterr().out == "made the users ben\n"


def test_a_user_that_is_no_longer_declared_stays_and_no_password_is_changed(running: Application):
    job(running, WORDS)
    running.rows("update users set password = 'of her own' where username = 'ada'")

    assert job(running, {**WORDS, "ada": "another-password"}) == 0
    assert job(running, {"keeper": WORDS["keeper"]}) == 0

    known = running.rows("select password from users where username = 'ada'")
    assert known == [("of her own",)]


@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        (WORDS, {"PASSWORD": "wrong"}, "/api/request-token answers 401"),
        ({"keeper": "short"}, {}, "enable-multi-user answers 400"),
        ({**WORDS, "ada": "short"}, {}, "the user ada is refused: Password is too short"),
        (WORDS, {"APPLICATION": "http://127.0.0.1:9"}, "the application does not answer"),
        (WORDS, {"USERS": "keeper,nobody"}, "nobody"),
    ],
)
def test_what_cannot_be_made_is_told_without_a_password(
    running: Application,
    capsys: pytest.CaptureFixture[str],
    words: dict[str, str],
    more: dict[str, str],
    told: str,
):
    assert job(running, words, **more) == 1

    said = capsys.readouterr().err
    assert told in said
    assert not [one for one in ("wrong", *words.values()) if f"{one} " in said]


def test_an_administrator_with_another_password_is_told(
    running: Application, capsys: pytest.CaptureFixture[str]
):
    job(running, WORDS)

    assert job(running, {**WORDS, "keeper": "changed-in-its-pages"}) == 1

    assert "the password of keeper in the Secret is refused" in capsys.readouterr().err
