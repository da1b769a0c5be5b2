"""A release from dev to production and back, over a real forge, Argo CD and llama.cpp.

Each test goes on where the one before it ended.
"""

import json
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from sandbox.argocd.programs import CONTROLLER, end
from sandbox.argocd.start import start_controller
from sandbox.cluster.sandbox import KubectlError
from sandbox.serving.tiny_model import BAD_ANSWER
from tests.e2e.forge import REPOSITORY
from tests.e2e.rehearsing import (
    ALIAS,
    ASKED,
    EARLIER,
    MODEL,
    NEWEST,
    SOON,
    STACKS,
    Rehearsal,
    rehearsal,
)

pytestmark = pytest.mark.e2e

Record = Callable[[str, object], None]
# What one takes on this machine when nothing else runs is in docs/benchmarks.md.
SLACK = 120
HEALTH = ("--context", "sandbox")
# As docs/releases.md says it.
END_SYNC = '{"status":{"operationState":{"phase":"Terminating"}}}'


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Rehearsal]:
    with rehearsal(tmp_path_factory.mktemp("rehearsal")) as made:
        yield made


def test_an_edit_of_a_model_that_is_merged_reaches_dev_alone(stage: Rehearsal) -> None:
    stage.evidence("dev", "before.json")
    stage.serve("second")
    stage.converged("dev", stage.merge("Serve a better model"))

    said = {one: stage.says(one) for one in STACKS}
    assert said == {
        "dev": " I am second.", "staging": " I am first.", "production": " I am first."
    }  # fmt: skip


def test_a_gate_refuses_without_evidence_and_with_that_of_another_release(
    stage: Rehearsal,
) -> None:
    none = stage.promote("dev", "staging")
    other = stage.promote("dev", "staging", "--evidence", str(stage.outside / "before.json"))

    made = "make it with `localai-gitops verify dev --url URL --evidence smoke.json`"
    assert (none.returncode, other.returncode) == (1, 1)
    assert f"smoke-evidence: there is none; {made}" in none.stderr
    before = json.loads((stage.outside / "before.json").read_text())["release"]["digest"]
    assert f"before.json is of release {before[:19]}, and dev has sha256:" in other.stderr
    assert stage.branches() == {"main"}


def test_a_promotion_that_is_killed_leaves_nothing_half_made_on_the_forge(
    stage: Rehearsal,
) -> None:
    words = ("dev", "staging", "--evidence", stage.evidence("dev"))
    before = stage.git("rev-parse", "HEAD")
    seen: list[tuple[bool, int]] = []
    for step, where in (("push", "before"), ("push", "after"), ("POST", "after")):
        assert stage.promote_ended(step, where, *words) == -9
        seen.append(("promote/staging" in stage.branches(), len(stage.pulls())))
        assert (stage.git("rev-parse", "HEAD"), stage.git("status", "--porcelain")) == (before, "")
    again = stage.promote(*words)

    assert seen == [(False, 0), (True, 0), (True, 1)]
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[-1].startswith("pull request unchanged: ")
    assert len(stage.pulls()) == 1


def test_a_release_goes_to_staging_once_it_is_approved(stage: Rehearsal) -> None:
    words = ("dev", "staging", "--evidence", str(stage.outside / "smoke.json"))
    waiting = stage.promote(*words, "--at-merge")
    stage.approve()
    ready = stage.promote(*words, "--at-merge")
    stage.converged("staging", stage.merge_pull())

    assert (waiting.returncode, "approved: 0 of 1" in waiting.stderr) == (1, True)
    assert ready.returncode == 0, ready.stderr
    assert [stage.says(one) for one in STACKS[1:]] == [" I am second.", " I am first."]


def test_a_release_goes_on_to_production_once_the_cluster_says_that_it_is_well(
    stage: Rehearsal,
) -> None:
    words = ("staging", "production", "--evidence", stage.evidence("staging"))
    unseen = stage.promote(*words)
    opened = stage.promote(*words, *HEALTH)
    stage.approve()
    stage.converged("production", stage.merge_pull())

    assert "argo-healthy: was not asked; give --context" in unseen.stderr
    assert opened.returncode == 0, opened.stderr
    gates = [line.split("  ")[0] for line in opened.stdout.splitlines() if "  holds  " in line]
    assert {"argo-healthy", "verify-passed", "smoke-evidence"} <= set(gates)
    assert stage.says("production") == " I am second."
    proven = json.loads(Path(stage.evidence("production", "after.json")).read_text())
    assert proven["release"]["digest"] == stage.release("production")


def test_a_bad_model_that_a_waiver_let_through_is_found_and_rolled_back(
    stage: Rehearsal, record_property: Record
) -> None:
    stage.serve("bad", bad=True)
    waiver = {"gate": "smoke-evidence", "reason": "The demonstration is tomorrow.",
              "name": "Ada Lovelace", "until": SOON}  # fmt: skip
    stage.pulled.edit("staging", promotion={**ASKED["staging"], "waivers": [waiver]})
    stage.merge("Serve another model, and waive a gate")
    opened = stage.promote("dev", "staging")
    assert opened.returncode == 0, opened.stderr
    assert f"; Ada Lovelace waives it until {SOON}\n" in opened.stdout
    stage.approve()
    bad = stage.merge_pull()
    stage.watch("staging", "operationState.syncResult.revision", bad)
    stage.watch("staging", "health.status", "Degraded")
    found = stage.verify("staging", "bad.json")

    assert found.returncode == 1
    assert repr(BAD_ANSWER.strip()) in found.stdout
    assert not (stage.outside / "bad.json").exists()
    # Until its tries are over Argo CD pauses between them, whatever Git says.
    stage.watch("staging", "operationState.phase", "Failed")
    back = stage.did("rollback", "staging", "--reason", "It answers rubbish")
    assert "way: release file back; the weights it served are still on the claims" in back
    taken = stage.seconds("staging")
    record_property("seconds to converged: release file back", taken)
    assert stage.says("staging") == " I am second."
    stage.evidence("staging")
    assert taken < SLACK

    refused = stage.promote("dev", "staging")
    assert refused.returncode == 1
    assert "release-not-blocked: it is blocked: It answers rubbish" in refused.stderr
    assert stage.pulls() == []


def test_other_names_and_another_server_go_back_each_by_its_own_way(
    stage: Rehearsal, record_property: Record
) -> None:
    stage.serve("second")
    stage.pulled.pool("staging", aliases={ALIAS: MODEL, "helper": MODEL})
    stage.pulled.edit("production", server={"version": EARLIER, "longestAnswer": 5})
    for stack in STACKS[1:]:
        stage.did("release", stack)
    revision = stage.merge("Serve another name, and another version")
    for stack in STACKS[1:]:
        stage.converged(stack, revision)
    assert stage.says("staging", "helper") == " I am second."
    assert f"{EARLIER} (stand-in)" in stage.verify("production", "earlier.json").stdout

    ways = {"staging": "alias swap", "production": "full revert"}
    for stack, way in ways.items():
        assert f"way: {way}; " in stage.did("rollback", stack)
        taken = stage.seconds(stack)
        record_property(f"seconds to converged: {way}", taken)
        assert taken < SLACK
        stage.evidence(stack)
    assert "helper" in stage.says("staging", "helper")
    assert f"{NEWEST} (stand-in)" in stage.verify("production", "newest.json").stdout


def test_a_sync_that_hangs_is_ended_so_that_the_way_back_is_taken(stage: Rehearsal) -> None:
    before = stage.pods("staging")
    stage.serve("third")
    stage.did("release", "staging")
    with stage.source.held("third.gguf"):
        hanging = stage.merge("Serve a model whose download never ends")
        stage.watch("staging", "operationState.syncResult.revision", hanging)
        stage.did("rollback", "staging", "--reason", "Its download hangs")
        back = stage.push()
        stage.watch("staging", "sync.revision", back)
        running = stage.pulled.get("application", "stack-staging", "argocd")["status"]
        patch = ("patch", "application", "stack-staging", "--type=merge", f"--patch={END_SYNC}")
        stage.pulled.argocd.kubectl(*patch)
        stage.converged("staging", back)

    state = running["operationState"]
    assert (state["phase"], state["operation"]["sync"]["revision"]) == ("Running", hanging)
    assert stage.pods("staging") == before
    assert stage.says("staging") == " I am second."


def test_a_history_that_was_rewritten_changes_nothing_that_runs(stage: Rehearsal) -> None:
    before = {one: stage.pods(one) for one in STACKS[1:]}
    empty = stage.git("hash-object", "-w", "-t", "tree", "/dev/null")
    lost = stage.git("commit-tree", empty, "-m", "Lose everything")
    stage.git("push", "--quiet", "--force", "origin", f"{lost}:refs/heads/main")
    said = stage.pulled.argocd.wait("stack-production", lambda one: bool(one.conditions), 60)
    refused = stage.promote("staging", "production", *HEALTH)

    assert "app path does not exist" in said.sentence()
    assert stage.says("production") == " I am second."
    assert {one: stage.pods(one) for one in STACKS[1:]} == before
    assert refused.returncode == 1
    assert "main: is behind the remote, or has diverged from it" in refused.stderr

    # The same files under another commit are the same declaration.
    stage.git("commit", "--quiet", "--amend", "--message", "The same under another name")
    again = stage.push("--force")
    stage.pulled.wait(again, *(f"stack-{one}" for one in STACKS[1:]))
    assert {one: stage.pods(one) for one in STACKS[1:]} == before


def gone_back_by_hand(stage: Rehearsal) -> None:
    """Do steps 1 to 4 of docs/runbooks/git-outage.md for production, back to its first release."""
    sandbox = stage.sandbox
    first = json.loads(stage.did("history", "production", "--output", "json"))["releases"][-1]
    # 1. Stop the writers.
    end(sandbox, CONTROLLER)
    # 2. Go back in the clone, and compare.
    words = ("--to", first["release"], "--reason", "It answers too late")
    stage.did("rollback", "production", *words)
    assert "tiny changed" in stage.did("preview", "production", "--base", "HEAD^")
    # 3. Apply by hand.
    stream = stage.did("render", "production", "--stream")
    # The Job that verifies would ask the old servers, and what it finds is final.
    without = "--selector=app.kubernetes.io/component!=verify"
    apply = ("apply", "--server-side", without, "--filename=-")
    with pytest.raises(KubectlError, match=r"conflicts? with .argocd-controller"):
        sandbox.kubectl(*apply, stdin=stream)
    sandbox.kubectl(*apply, "--force-conflicts", stdin=stream)
    where = "--namespace=localai-production"
    sandbox.kubectl(where, "rollout", "status", "deployment/localai-chat", "--timeout=120s")
    # 4. See that it serves.
    stage.evidence("production", "by-hand.json")
    assert stage.says("production") == " I am first."


def test_a_bad_release_while_git_is_down_is_replaced_as_the_runbook_says(
    stage: Rehearsal,
) -> None:
    argocd, before = stage.pulled.argocd, stage.pods("production")
    with stage.forge.away():
        argocd.refresh("stack-production")
        down = argocd.wait("stack-production", lambda one: bool(one.conditions), 60)
        kept = stage.pods("production"), stage.says("production")
        gone_back_by_hand(stage)
    by_hand = stage.pods("production")

    assert "connection refused" in down.sentence()
    assert kept == (before, " I am second.")
    # 5. Push the same commit, on top of what somebody else was faster with.
    note = {"content": "", "message": "Say that Git is back", "branch": "main"}
    stage.forge.ask("POST", f"repos/{REPOSITORY}/contents/NOTES.md", note)
    stage.git("pull", "--quiet", "--rebase", "origin", "main")
    stage.did("preview", "--base", "origin/main")
    pushed = stage.push()
    # 6. Start the writers.
    start_controller(stage.sandbox)
    stage.converged("production", pushed)
    assert (stage.pods("production"), stage.says("production")) == (by_hand, " I am first.")
    stage.did("check")
