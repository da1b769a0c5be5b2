from collections.abc import Generator
from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.cli.comment import comment, preview_file
from gitops.planning.output.markdown import MARK
from tests.gitops.github import BOT, COMMIT, TOKEN, Service, github

PREVIEW = f"{MARK}\n### dev: 1 model added\n"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    with github() as service:
        monkeypatch.setenv("GITHUB_API_URL", service.address)
        monkeypatch.setenv("GITHUB_REPOSITORY", "team/models")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield service


def test_a_pull_request_has_one_comment_however_often_it_changes(service: Service):
    service.write("a reviewer", "looks good")

    done = [comment(text, 12, BOT) for text in (PREVIEW, PREVIEW, PREVIEW + "more\n")]

    assert done == ["added", "unchanged", "updated"]
    assert service.texts() == ["looks good", PREVIEW + "more\n"]


def test_a_comment_of_somebody_else_is_never_edited(service: Service):
    service.write("somebody", PREVIEW)

    assert comment(PREVIEW + "more\n", 12, BOT) == "added"
    assert service.texts() == [PREVIEW, PREVIEW + "more\n"]


def test_what_github_refuses_is_told_with_its_cure(service: Service):
    with pytest.raises(
        RefusedError, match=r"team/models#13: GET .* answered 404; check the number"
    ):
        comment(PREVIEW, 13, BOT)
    assert service.texts() == []


def test_a_preview_is_the_comment_of_its_own_commit_only(service: Service):
    assert comment(PREVIEW, 12, BOT, COMMIT) == "added"

    with pytest.raises(RefusedError, match=r"models#12: it is not at 222222222222; wait for"):
        comment(PREVIEW + "more\n", 12, BOT, "22" * 20)
    assert service.texts() == [PREVIEW]


def test_a_missing_token_is_told_by_its_name(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GITHUB_TOKEN")

    with pytest.raises(RefusedError, match="GITHUB_TOKEN: is not set; set it to a token"):
        comment(PREVIEW, 12, BOT)
    assert service.requests == []


@pytest.mark.parametrize("data", [b"", b"# Approved\n", b"\xff\xfe", MARK.encode() + b"\n<img>\n"])
def test_a_file_that_is_no_preview_is_refused_before_anything_is_sent(
    data: bytes, tmp_path: Path, service: Service
):
    file = tmp_path / "preview.md"
    file.write_bytes(data)

    with pytest.raises(
        RefusedError, match=r"preview\.md: .*make it with `preview --output markdown`"
    ):
        preview_file(file)
    assert service.requests == []


def test_a_preview_file_is_read_as_it_is(tmp_path: Path):
    file = tmp_path / "preview.md"
    file.write_text(PREVIEW)

    assert preview_file(file) == PREVIEW
