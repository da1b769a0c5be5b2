"""Promotions as people make them, over a real Git remote."""

import json
import signal
import sys
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitops.acceptance.scores import Scored, figures
from gitops.acceptance.suite import read_suite
from gitops.adapters.forge.place import Kind
from settings.release import Block, blocked_text, parse_release
from tests.gitops.checkouts import GIT_ENVIRONMENT
from tests.gitops.commands import CommandLine, Ended
from tests.gitops.forges import TOKEN, Service, service
from tests.gitops.promoting import BRANCH, POOLS, Project, answers, project, sealed
from tests.gitops.promotion.test_served import TWO

COMMENT = "      models: [whisper-large-v3-turbo]  # the fast one\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name, value in {**GIT_ENVIRONMENT, "LOCALAI_FORGE_TOKEN": TOKEN}.items():
        monkeypatch.setenv(name, value)
    return project(tmp_path)


@pytest.fixture
def command_line(
    here: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Generator[CommandLine]:
    """The command line in the project."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "argv", ["localai-gitops"])
    monkeypatch.chdir(here.folder)
    yield CommandLine(monkeypatch=monkeypatch, capsys=capsys)
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def github(here: Project) -> Generator[Service]:
    with service(Kind.GITHUB, here.remote) as found:
        yield found


def promoted(command_line: CommandLine, here: Project, *words: str) -> Ended:
    return command_line("promote", "staging", "production", "--evidence", here.evidence(), *words)


def on_forge(command_line: CommandLine, here: Project, github: Service, *words: str) -> Ended:
    return promoted(command_line, here, "--forge", "github", "--forge-url", github.address, *words)


def test_a_promotion_is_a_branch_that_changes_two_files_and_carries_its_evidence(
    here: Project, command_line: CommandLine
):
    before = here.git("rev-parse", "HEAD")
    found = promoted(command_line, here)

    assert (found.code, found.err.splitlines()[-1]) == (
        0, f"next: open a pull request from {BRANCH} into main",
    )  # fmt: skip
    names = here.git("diff", "--name-only", "main", BRANCH, folder=here.remote).splitlines()
    assert names == [
        "Pulumi.production.yaml", "evidence/production/smoke.json", "releases/production.yaml",
    ]  # fmt: skip
    release = parse_release(
        here.shown("releases/production.yaml").encode() + b"\n", "releases/production.yaml"
    )
    assert "whisper-large-v3-turbo" in release.models
    assert "whisper-large-v3" not in release.models
    assert "models: [whisper-large-v3-turbo]" in here.shown("Pulumi.production.yaml")
    assert (
        here.shown("evidence/production/smoke.json")
        == (here.outside / "smoke.json").read_text().strip()
    )
    subject, *rest = here.git("log", "-1", "--format=%B", BRANCH, folder=here.remote).splitlines()
    assert subject == f"Promote {release.digest[7:19]} to production"
    assert rest[-1].startswith("Promoted-tree: ")
    assert (here.git("rev-parse", "HEAD"), here.git("status", "--porcelain")) == (before, "")


def test_twice_makes_nothing_new(here: Project, command_line: CommandLine):
    promoted(command_line, here)
    first = here.branches()

    # The evidence is on the branch by now.
    again = command_line("promote", "staging", "production")

    assert (again.code, here.branches()) == (0, first)
    assert f"{BRANCH} is up to date" in again.err


def test_a_branch_stays_where_main_moves_elsewhere_and_moves_where_its_files_do(
    here: Project, command_line: CommandLine
):
    promoted(command_line, here)
    first = here.branches()[BRANCH]
    (here.folder / "NOTES").write_text("x\n")
    here.merge("Say something")
    promoted(command_line, here)
    second = here.branches()[BRANCH]
    here.edit("Pulumi.production.yaml", "replicaCount: 1", "replicaCount: 2")
    here.merge("Run two")
    promoted(command_line, here)

    assert (first == second, second == here.branches()[BRANCH]) == (True, False)
    assert "replicaCount: 2" in here.shown("Pulumi.production.yaml")


def test_what_is_merged_is_promoted_no_more(here: Project, command_line: CommandLine):
    promoted(command_line, here)
    here.git("fetch", "--quiet", "origin", BRANCH)
    here.git("merge", "--quiet", "--squash", "FETCH_HEAD")
    here.merge("Promote it")

    again = promoted(command_line, here)

    assert (again.code, again.err.splitlines()[-1]) == (0, "production has this release already")


def test_what_was_merged_and_reverted_is_promoted_again(here: Project, command_line: CommandLine):
    promoted(command_line, here)
    first = here.branches()[BRANCH]
    here.git("fetch", "--quiet", "origin", BRANCH)
    here.git("merge", "--quiet", "--ff-only", "FETCH_HEAD")
    here.git("revert", "--no-edit", "HEAD")
    here.git("push", "--quiet", "origin", "main")

    again = promoted(command_line, here)

    assert (again.code, here.branches()[BRANCH] == first) == (0, False), again.err
    names = here.git("diff", "--name-only", "main", BRANCH, folder=here.remote).splitlines()
    assert "releases/production.yaml" in names


def test_one_model_goes_alone(here: Project, command_line: CommandLine):
    found = promoted(command_line, here, "--model", "whisper-large-v3-turbo")

    assert found.code == 0
    text = here.shown("Pulumi.production.yaml")
    assert "models: [whisper-large-v3, whisper-large-v3-turbo]" in text


def test_a_release_that_was_rolled_back_is_not_promoted_again(
    here: Project, command_line: CommandLine
):
    promoted(command_line, here)
    bad = parse_release(
        here.shown("releases/production.yaml").encode() + b"\n", "releases/production.yaml"
    )
    said = {"release": bad.digest, "reason": "answers are cut off", "since": "2026-11-29"}
    file = here.folder / "releases" / "blocked.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(blocked_text([Block.model_validate(said)]), encoding="utf-8")
    here.merge("Block it")

    again = promoted(command_line, here)

    assert again.code == 1
    assert "it is blocked: answers are cut off" in again.out + again.err


def test_newer_evidence_moves_no_branch_whose_evidence_counts(
    here: Project, command_line: CommandLine
):
    promoted(command_line, here)
    first = here.branches()
    newer = here.evidence(time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")

    found = command_line("promote", "staging", "production", "--evidence", newer)

    assert (found.code, here.branches()) == (0, first)


def test_a_pool_of_another_name_is_mapped(here: Project, command_line: CommandLine):
    here.edit("Pulumi.production.yaml", "    speech:\n", "    hearing:\n")
    here.merge("Call it hearing")
    refused = promoted(command_line, here)
    assert refused.code == 1
    assert (
        "config.localai:pools: has no pool speech for what pool speech of staging serves; "
        "add it, or map speech to one of chat, embeddings, images, hearing under "
        "`localai:promotion.pools`"
    ) in refused.err

    here.ask("    pools: {speech: hearing}\n")
    assert promoted(command_line, here).code == 0
    assert "    hearing:\n" in here.shown("Pulumi.production.yaml")


def test_a_dry_run_asks_and_writes_nothing(here: Project, command_line: CommandLine):
    here.git("remote", "set-url", "origin", "/nowhere")
    found = promoted(command_line, here, "--dry-run")

    assert found.code == 0
    assert "smoke-evidence  holds  smoke.json of " in found.out
    assert "whisper-large-v3-turbo  speech  added" in found.out
    assert list(here.branches()) == ["main"]


def test_a_dry_run_is_plain_values_too(here: Project, command_line: CommandLine):
    found = json.loads(promoted(command_line, here, "--dry-run", "--output", "json").out)

    assert (found["from"], found["to"]) == ("staging", "production")
    assert [one["gate"] for one in found["gates"]] == [
        "same-server", "smoke-evidence", "fits", "rules-hold",
    ]  # fmt: skip
    assert found["plan"]["stacks"][0]["stack"] == "production"
    assert found["pull_request"] is None


def test_the_pull_request_says_plan_gates_and_way_back(
    here: Project, command_line: CommandLine, github: Service
):
    found = on_forge(command_line, here, github)

    assert (found.code, found.out.splitlines()[-1]) == (
        0, f"pull request opened: {github.address}/1",
    )  # fmt: skip
    (pull,) = github.pulls
    assert (pull["head"]["ref"], pull["base"]["ref"]) == (BRANCH, "main")
    assert pull["title"].startswith("Promote ")
    assert "| smoke-evidence | holds | smoke.json of 20" in pull["body"]
    assert "`localai-gitops rollback production` puts " in pull["body"]
    assert "whisper-large-v3-turbo" in pull["body"]


def test_a_promotion_that_is_plain_values_is_so_once_its_pull_request_is_open(
    here: Project, command_line: CommandLine, github: Service
):
    opened = json.loads(on_forge(command_line, here, github, "--output", "json").out)
    again = json.loads(on_forge(command_line, here, github, "--output", "json").out)

    url = f"{github.address}/1"
    assert opened["pull_request"] == {"done": "opened", "url": url}
    assert again["pull_request"] == {"done": "unchanged", "url": url}


def test_a_pull_request_is_opened_once_and_again_where_it_was_missing(
    here: Project, command_line: CommandLine, github: Service
):
    on_forge(command_line, here, github)
    again = on_forge(command_line, here, github)
    assert again.out.splitlines()[-1].startswith("pull request unchanged: ")
    github.pulls.clear()
    branches = here.branches()

    third = on_forge(command_line, here, github)

    assert third.out.splitlines()[-1].startswith("pull request opened: ")
    assert here.branches() == branches


def test_a_forge_that_refuses_is_told_and_asked_again_later(
    here: Project, command_line: CommandLine, github: Service
):
    github.first += [
        (200, {}, []),
        (200, {}, []),
        (403, {}, {"message": "Resource not accessible"}),
    ]
    refused = on_forge(command_line, here, github)
    assert refused.code == 1
    assert (
        "answered 403: Resource not accessible; the token may not do that: it needs the right"
        in (refused.err)
    )
    assert TOKEN not in refused.err + refused.out

    assert (
        on_forge(command_line, here, github).out.splitlines()[-1].startswith("pull request opened")
    )


def test_whoever_sends_a_token_over_plain_http_is_told(here: Project, command_line: CommandLine):
    words = ("--forge", "gitea", "--forge-url", "http://forge.invalid/api/v1")
    found = promoted(command_line, here, *words)

    assert found.code == 1
    assert "note: http://forge.invalid/api/v1 is not https: anyone on the network path" in found.err


def test_approvals_and_the_window_count_at_the_merge(
    here: Project, command_line: CommandLine, github: Service
):
    here.ask("    approvals: 1\n")
    assert on_forge(command_line, here, github).code == 0
    waiting = on_forge(command_line, here, github, "--at-merge")
    assert waiting.code == 1
    assert "approved: 0 of 1; have somebody other than its author approve" in waiting.err

    tip = here.branches()[BRANCH]
    github.reviews.append({"user": {"login": "grace"}, "state": "APPROVED", "commit_id": tip})
    assert on_forge(command_line, here, github, "--at-merge").code == 0


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("    soak: 8d\n", "soaked: staging has had it since "),
        ("    licenses: [MIT]\n", "licenses-allowed: jina-reranker-v1-tiny-en has Apache-2.0"),
        ("    evidence: {load: 7d}\n", "load-evidence: there is none; make it with"),
        ("    health: [argo]\n", "argo-healthy: was not asked; give --context"),
    ],
)
def test_a_gate_that_does_not_hold_keeps_everything_as_it_is(
    here: Project, command_line: CommandLine, lines: str, words: str
):
    here.ask(lines)
    found = promoted(command_line, here)

    assert found.code == 1
    assert words in found.err
    assert list(here.branches()) == ["main"]


def test_a_gate_is_waived_with_reason_name_and_date(here: Project, command_line: CommandLine):
    until = datetime.now(UTC).date() + timedelta(days=30)
    here.ask(
        "    waivers:\n      - gate: smoke-evidence\n        reason: The probe is being replaced.\n"
        f'        name: Ada\n        until: "{until}"\n'
    )
    found = command_line("promote", "staging", "production")

    assert found.code == 0
    assert f"waived  there is none; Ada waives it until {until}" in found.out


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"stack": "dev"}, "smoke.json is of stack dev, not of staging"),
        ({"checks": [answers("qwen3-8b", verdict="unseen")]}, "smoke-evidence: smoke.json: "),
        ({"time": "2020-01-01T00:00:00Z"}, "which is older than 7d"),
    ],
)
def test_evidence_that_does_not_count_is_refused(
    here: Project, command_line: CommandLine, values: dict[str, Any], words: str
):
    found = command_line("promote", "staging", "production", "--evidence", here.evidence(**values))

    assert found.code == 1
    assert words in found.err
    assert list(here.branches()) == ["main"]


def test_evidence_of_an_earlier_release_is_refused(here: Project, command_line: CommandLine):
    old = here.evidence()
    here.edit("models/qwen3-8b.yaml", "context_size: ", "context_size: 1")
    here.merge("Longer prompts")

    found = command_line("promote", "staging", "production", "--evidence", old)

    assert found.code == 1
    assert "smoke.json is of release sha256:" in found.err


SUITE = """\
description: Facts that people ask for.
questions:
  - {id: france, ask: What is the capital of France?, expect: {contains: [Paris]}}
"""


@pytest.mark.parametrize("changed", [False, True])
def test_scores_count_for_the_questions_that_a_suite_has_now(
    here: Project, command_line: CommandLine, changed: bool
):
    asked = "  localai:acceptance:\n    evaluate: {facts: {models: [qwen3-8b], leastPercent: 80}}\n"
    here.edit("Pulumi.staging.yaml", POOLS, asked + POOLS)
    (here.folder / "evaluations").mkdir()
    (here.folder / "evaluations/facts.yaml").write_text(SUITE)
    here.ask("    evidence: {evaluate: 7d}\n")
    about = {"pool": "chat", "name": "qwen3-8b", "suite": "facts", "judge": None, "embedder": None}
    suite, _ = read_suite(here.folder, "facts")
    scored = figures([Scored(id="france", right=True, text="Paris")],
                     {**about, "digest": suite.digest})  # fmt: skip
    evidence = here.evidence("scores.json", kind="evaluate", checks=[], evaluate=[scored])
    if changed:
        here.edit("evaluations/facts.yaml", "France", "Spain")
        here.merge("Ask something else")
    found = promoted(command_line, here, "--evidence", evidence)

    assert found.code == int(changed), found.err
    assert ("with other questions than it has now" in found.err) is changed


def test_evidence_that_was_edited_is_refused(here: Project, command_line: CommandLine):
    path = Path(here.evidence())
    path.write_text(path.read_text().replace("said Paris", "said Rome"))

    found = command_line("promote", "staging", "production", "--evidence", str(path))

    assert found.code == 1
    assert "was edited" in found.err
    assert list(here.branches()) == ["main"]


@pytest.mark.parametrize("content", ['{"version": 1}', "not JSON", sealed({"version": 3})])
def test_evidence_of_another_version_that_was_merged_keeps_no_promotion_from_being_made(
    here: Project, command_line: CommandLine, content: str
):
    file = here.folder / "evidence/production/smoke.json"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    here.merge("Keep evidence of long ago")

    found = promoted(command_line, here)

    assert found.code == 0, found.err
    assert "note: this counts as no evidence: evidence/production/smoke.json:" in found.err
    assert (
        here.shown("evidence/production/smoke.json")
        == (here.outside / "smoke.json").read_text().strip()
    )
    given = command_line("promote", "staging", "production", "--evidence", str(file))
    assert (given.code, given.out) == (1, "")


def test_evidence_of_the_future_is_not_carried_in_place_of_one_that_counts(
    here: Project, command_line: CommandLine
):
    ahead = here.evidence("ahead.json", time="2999-01-01T00:00:00Z")

    found = promoted(command_line, here, "--evidence", ahead)

    assert found.code == 0, found.err
    assert "2999" not in here.shown("evidence/production/smoke.json")


def dirty(here: Project) -> None:
    here.edit("Pulumi.staging.yaml", "localai-staging", "localai-staging2")


def untracked(here: Project) -> None:
    (here.folder / "models" / "mine.yaml").write_text("name: mine\n")


def detached(here: Project) -> None:
    here.git("switch", "--quiet", "--detach")


def ahead(here: Project) -> None:
    here.git("commit", "--quiet", "--allow-empty", "--message", "Mine")


def elsewhere(here: Project) -> None:
    here.git("switch", "--quiet", "--create", "feature")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (dirty, "work tree: has changes that are not committed"),
        (untracked, "work tree: has changes that are not committed"),
        (
            detached,
            "HEAD: is detached, so no branch says where a promotion goes; `git switch main`",
        ),
        (ahead, "main: has commits that the remote lacks; push them"),
        (elsewhere, "HEAD: is feature, and promotions go into main; `git switch main`"),
    ],
)
def test_a_checkout_that_is_not_what_is_merged_is_refused(
    here: Project, command_line: CommandLine, happens: object, words: str
):
    evidence = here.evidence()
    assert callable(happens)
    happens(here)
    before = here.git("status", "--porcelain")

    found = command_line("promote", "staging", "production", "--evidence", evidence)

    assert (found.code, found.out) == (1, "")
    assert words in found.err
    assert here.git("status", "--porcelain") == before
    assert list(here.branches()) == ["main"]


def test_a_branch_that_is_behind_is_refused(here: Project, command_line: CommandLine):
    here.git("commit", "--quiet", "--allow-empty", "--message", "More")
    here.git("push", "--quiet", "origin", "main")
    here.git("reset", "--quiet", "--hard", "HEAD~1")

    found = promoted(command_line, here)

    assert found.code == 1
    assert "main: is behind the remote, or has diverged from it; `git pull --ff-only`" in found.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("dev", "production"),
            "localai:promotion.from: is staging, not dev; `localai-gitops promote",
        ),
        (("production", "staging"), "has no localai:promotion; add it, with `from: production`"),
        (
            ("staging", "prod"),
            "Pulumi.prod.yaml: is not there; use one of: dev, production, staging",
        ),
        (("staging", "staging"), "staging: is both FROM and TO; name two stacks"),
        (
            ("staging", "production", "--model", "gpt"),
            "--model: gpt is not in the release of staging",
        ),
    ],
)
def test_what_no_promotion_can_be_is_refused(
    here: Project, command_line: CommandLine, words: tuple[str, ...], said: str
):
    found = command_line("promote", *words)

    assert (found.code, list(here.branches())) == (1, ["main"])
    assert said in found.err


def test_a_commit_of_somebody_on_the_branch_is_not_written_over(
    here: Project, command_line: CommandLine
):
    promoted(command_line, here)
    here.git("fetch", "--quiet", "origin", BRANCH)
    here.git("switch", "--quiet", "--create", "mine", "FETCH_HEAD")
    here.git("commit", "--quiet", "--allow-empty", "--message", "By hand")
    here.git("push", "--quiet", "origin", f"mine:{BRANCH}")
    here.git("switch", "--quiet", "main")
    branches = here.branches()

    found = promoted(command_line, here)

    assert (found.code, here.branches()) == (1, branches)
    assert "which no promotion wrote and which is not merged; merge its pull request" in found.err


def serving(here: Project, accuracy: str) -> None:
    """Have staging serve a model of a registry, and merge that."""
    model = TWO.replace('"0.985"', f'"{accuracy}"')
    here.edit("Pulumi.staging.yaml", POOLS, model + POOLS)
    here.merge("Serve digits", when=datetime.now(UTC) - timedelta(days=7))


def test_a_served_model_moves_with_its_figures(here: Project, command_line: CommandLine):
    serving(here, "0.985")
    found = promoted(command_line, here)

    assert found.code == 0, found.err
    release = parse_release(here.shown("releases/production.yaml").encode() + b"\n", "r.yaml")
    assert release.served["digits"].metrics == {"accuracy": "0.985", "f1": "0.984"}
    assert "registry.example.com/localai/predict:1.0.0" in release.images
    assert "version: 2" in here.shown("Pulumi.production.yaml")
    assert "digits has 0.985; it must reach 0.90" in found.out


def test_a_served_model_that_is_not_good_enough_is_not_proposed(
    here: Project, command_line: CommandLine
):
    serving(here, "0.899")
    found = promoted(command_line, here)

    assert found.code == 1
    assert "accuracy-reached: digits 1.1.0 has 0.899; it must reach 0.90; declare" in found.err
    assert BRANCH not in here.branches()


def test_a_served_model_is_promoted_alone(here: Project, command_line: CommandLine):
    serving(here, "0.985")
    found = promoted(command_line, here, "--model", "digits")

    assert found.code == 0, found.err
    assert "whisper-large-v3]" in here.shown("Pulumi.production.yaml")
    assert "    digits:" in here.shown("Pulumi.production.yaml")


def nothing(here: Project) -> None:
    here.git("push", "--quiet", "origin", "--delete", BRANCH)


def on_branch(here: Project, *words: str) -> None:
    """Commit what is here on the branch of the promotion, as somebody else does."""
    here.git("add", "--all")
    here.git("commit", "--quiet", *words)
    here.git("push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}")
    here.git("switch", "--quiet", "main")


def added(here: Project) -> None:
    here.git("fetch", "--quiet", "origin", BRANCH)
    here.git("switch", "--quiet", "--detach", "FETCH_HEAD")
    here.edit("Pulumi.production.yaml", "replicaCount: 1", "replicaCount: 9")
    on_branch(here, "--message", "By hand")


def replaced(here: Project) -> None:
    proof = Path(here.evidence("other.json", tool="localai-gitops 1")).read_text()
    here.git("fetch", "--quiet", "origin", BRANCH)
    here.git("switch", "--quiet", "--detach", "FETCH_HEAD")
    (here.folder / "evidence/production/smoke.json").write_text(proof)
    on_branch(here, "--amend", "--no-edit")


def moved(here: Project) -> None:
    here.edit("Pulumi.production.yaml", "replicaCount: 1", "replicaCount: 2")
    here.merge("Run two")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (nothing, f"{BRANCH}: is not on the remote, so nothing is to be merged; push it with"),
        (added, "which is not what a promotion makes of main now; run `localai-gitops promote st"),
        (replaced, "smoke-evidence: there is none; make it with"),
        (replaced, "which is not what a promotion makes of main now; run `localai-gitops promote"),
        (moved, "which is not what a promotion makes of main now; run `localai-gitops promote st"),
    ],
)
def test_what_is_to_be_merged_must_be_what_a_promotion_makes_now(
    here: Project, command_line: CommandLine, happens: Callable[[Project], None], words: str
):
    promoted(command_line, here)
    merging = ("promote", "staging", "production", "--at-merge")
    assert command_line(*merging).code == 0
    happens(here)

    found = command_line(*merging)

    assert found.code == 1
    assert words in found.err


def test_a_pull_request_that_would_merge_another_commit_is_refused_at_the_merge(
    here: Project, command_line: CommandLine, github: Service
):
    on_forge(command_line, here, github)
    assert on_forge(command_line, here, github, "--at-merge").code == 0
    github.remote = None

    github.pulls[0]["head"]["sha"] = "2e" * 20
    found = on_forge(command_line, here, github, "--at-merge")

    assert found.code == 1
    assert "and its pull request at 2e2e2e2; see who else pushes to that branch" in found.err
