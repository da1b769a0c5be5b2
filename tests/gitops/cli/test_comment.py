import json
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.cli.comment import comment
from gitops.planning.output.markdown import MARK
from tests.gitops.github import BOT, COMMIT, HEAD, TOKEN, Service, github

GOLDEN = Path(__file__).parents[2] / "golden/model-swapped/preview.json"
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 12, 30, tzinfo=UTC)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    with github() as service:
        monkeypatch.setenv("GITHUB_API_URL", service.address)
        monkeypatch.setenv("GITHUB_REPOSITORY", "team/models")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield service


def post(file: Path = GOLDEN, commit: str = COMMIT, now: datetime = NOON) -> tuple[str, str]:
    return comment(file, HEAD, commit, BOT, now)


def test_a_pull_request_has_one_comment_that_names_its_commit_and_time(service: Service):
    service.write("a reviewer", "looks good")

    assert [post(), post(now=LATER)] == [("added", ""), ("updated", "")]

    first, ours = service.texts()
    assert first == "looks good"
    assert ours.startswith(f"{MARK}\nCommit `{COMMIT}`, written 2026-01-02 12:30 UTC.\n")
    assert "| llama-3.2-1b-instruct | chat | removed |" in ours


def test_a_comment_of_somebody_else_is_never_edited(service: Service):
    service.write("somebody", MARK)

    assert post() == ("added", "")
    assert service.texts()[0] == MARK


@pytest.mark.parametrize("data", [None, b"", b"# Approved\n", b"\xff\xfe", b'{"version": 3}'])
def test_a_preview_that_cannot_be_shown_replaces_the_one_before(
    data: bytes | None, tmp_path: Path, service: Service
):
    post()
    file = tmp_path / "plan.json"
    if data is not None:
        file.write_bytes(data)

    done, why = post(file)

    assert done == "updated"
    assert why
    (ours,) = service.texts()
    assert ours.startswith(f"{MARK}\n> [!CAUTION]\n> **Could not be rendered:** the preview")
    assert COMMIT in ours
    assert "llama" not in ours


def test_a_plan_with_a_problem_says_it_first(tmp_path: Path, service: Service):
    document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    problem = {"place": "Pulumi.dev.yaml:3", "key": "config", "cause": "is wrong", "cure": "fix it"}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({**document, "problems": [problem]}), encoding="utf-8")

    assert post(file) == ("added", "")
    (ours,) = service.texts()
    assert "> **Could not be rendered:** Pulumi.dev.yaml" in ours
    assert "is wrong; fix it" in ours
    assert "llama-3.2-1b-instruct" in ours


def test_a_change_of_the_code_that_wrote_the_plan_is_said(service: Service):
    service.files += [{"filename": f"models/m{number}.yaml"} for number in range(150)]
    service.files += [{"filename": "docs/x.md"}, {"filename": "Pulumi.dev.yaml"}]
    post()
    assert "edits the code" not in service.texts()[0]

    service.files += [{"filename": "docs/old.py", "previous_filename": "gitops/`a`\n@x.py"}]
    post()
    assert (
        "> **This change edits the code that wrote this:** ``gitops/`a` @x.py``"
        in (service.texts()[0])
    )


@pytest.mark.thorough
def test_more_files_than_can_be_listed_may_be_any(service: Service):
    service.files += [{"filename": "docs/x.md"}] * 3000
    post()
    assert "it may edit any code" in service.texts()[0]


def test_a_preview_is_the_comment_of_its_own_commit_only(service: Service):
    done, _ = post(commit="22" * 20)

    assert done == "not needed: no open pull request is at this commit"
    assert service.texts() == []


def test_what_github_refuses_is_told_with_its_cure(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_REPOSITORY", "team/other")
    with pytest.raises(
        RefusedError,
        match=r"team/other: GET .* answered 404: Not Found; check the repository and the number",
    ):
        post()
    assert service.texts() == []


def test_a_missing_token_is_told_by_its_name(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GITHUB_TOKEN")

    with pytest.raises(RefusedError, match="GITHUB_TOKEN: is not set; set it to a token"):
        post()
    assert service.requests == []
