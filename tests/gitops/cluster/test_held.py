from pathlib import Path

import pytest

from gitops.adapters.git import Git
from gitops.adapters.process import run
from gitops.cli.cluster import write
from gitops.cluster.file import read_clusters
from gitops.cluster.held import Commits, Held, held, holds
from gitops.planning.base import BaseRendering
from gitops.planning.checkout import declared, read_whole
from gitops.planning.note import Kind
from gitops.planning.plan import Plan, stack_plan
from tests.gitops.checkouts import Checkout, cloned
from tests.gitops.commands import CommandLine

FILE = "clusters/main/cluster.yaml"
GONE = "0123456789abcdef0123456789abcdef01234567"
SMALL, LARGE = "size: 20Gi", "size: 30Gi"


@pytest.fixture
def held_at(project: Checkout) -> str:
    """The commit that production is held at, before one that changes it."""
    commit = project.head
    hold(project, commit)
    project.commit("Hold production")
    return commit


def hold(project: Checkout, commit: str | None, old: str = GONE) -> None:
    text = f"    commit: {commit}\n" if commit else ""
    project.edit(FILE, f"    commit: {old}\n", text)
    write("main")


def grow(project: Checkout, name: str = "production") -> None:
    project.edit(f"Pulumi.{name}.yaml", SMALL, LARGE)
    write("main")


def compared(project: Checkout, folder: Path) -> Held:
    """Return what a plan of the project as it is compares with its last commit."""
    git = Git(folder=project.folder, run=run)

    def render(commit: str) -> BaseRendering:
        place = folder / commit
        if not place.exists():
            place.mkdir()
            git.extract(commit, place)
        return BaseRendering(stacks={one.stack: one for one in declared(place, ())})

    commits = Commits(git=git, base=project.head, render=render)
    found = holds(git, project.head, read_clusters(project.folder))
    head = read_whole(project.folder, ())
    return held(commits, found, render(project.head).stacks, head)


def said(found: Held, stack: str = "production") -> list[str]:
    return [str(note) for note in found.notes.get(stack, ())]


def changes(found: Held, stack: str = "production") -> list[str]:
    """Return the fields that the plan of a stack shows."""
    (head,) = (one for one in found.heads if one.stack == stack)
    objects = stack_plan(found.bases.get(stack), head).objects
    return [str(field) for one in objects for field in one.fields]


def test_a_change_does_not_reach_a_stack_that_is_held(
    project: Checkout, held_at: str, tmp_path: Path
):
    grow(project)

    found = compared(project, tmp_path)

    assert changes(found) == []
    assert said(found) == [f"production is held at {held_at[:7]}: this change does not reach it"]
    assert found.commits == {"production": held_at}
    assert found.problems == ()


def test_a_hold_that_moves_is_planned_from_the_old_commit_to_the_new_one(
    project: Checkout, held_at: str, tmp_path: Path
):
    grow(project)
    later = project.commit("Grow")
    hold(project, later, held_at)

    found = compared(project, tmp_path)

    assert changes(found) == ["spec.resources.requests.storage: 20Gi -> 30Gi"]
    assert said(found) == [
        f"production is held at {later[:7]}, no longer at {held_at[:7]}: all that changes between "
        "the two is shown"
    ]


def test_a_hold_that_moves_back_says_so(project: Checkout, held_at: str, tmp_path: Path):
    grow(project)
    later = project.commit("Grow")
    hold(project, later, held_at)
    project.commit("Move the hold")
    hold(project, held_at, later)

    found = compared(project, tmp_path)

    assert changes(found) == ["spec.resources.requests.storage: 30Gi -> 20Gi"]
    assert f"{held_at[:7]}, which is older, no longer at {later[:7]}" in said(found)[0]


def test_a_stack_that_is_no_longer_held_catches_up(project: Checkout, held_at: str, tmp_path: Path):
    grow(project)
    project.commit("Grow")
    hold(project, None, held_at)

    found = compared(project, tmp_path)

    assert changes(found) == ["spec.resources.requests.storage: 20Gi -> 30Gi"]
    assert said(found) == [
        f"production is no longer held at {held_at[:7]}: all that changed since is shown"
    ]
    assert found.commits == {"production": None}


def test_what_the_engine_follows_is_told_between_the_two_commits(project: Checkout, tmp_path: Path):
    first = project.head
    project.edit(FILE, "delivery: operator", f"delivery: operator\n    commit: {first}")
    write("main")
    project.write("stack.py", "print()\n")
    later = project.commit("Change the program")
    project.edit(FILE, f"commit: {first}", f"commit: {later}")
    write("main")
    project.write("more.py", "print()\n")

    found = compared(project, tmp_path)

    assert [note.kind for note in found.notes["dev"]] == [Kind.HOLD_MOVES, Kind.PROGRAM_CHANGES]
    assert "the program changes: stack.py;" in said(found, "dev")[1]


def test_a_commit_that_is_not_here_says_how_to_go_on(project: Checkout, tmp_path: Path):
    found = compared(project, tmp_path)

    assert changes(found) == []
    assert said(found)[1] == (
        "0123456, where production is held, is not a commit here: what its file declares here is "
        f"shown; `git fetch origin {GONE}`; where that is refused, its branch was force-pushed: "
        "hold a commit of main"
    )


def test_a_stack_cannot_be_held_at_a_commit_that_is_not_here(project: Checkout, tmp_path: Path):
    hold(project, "a" * 40)

    found = compared(project, tmp_path)

    assert [one.stack for one in found.heads] == ["dev"]
    assert [str(one) for one in found.problems] == [
        f"{FILE}:12: stacks.production.commit: is 'aaaaaaa', which is not a commit here; "
        f"`git fetch origin {'a' * 40}`; where that is refused, its branch was force-pushed: "
        "hold a commit of main"
    ]


def test_a_hold_whose_old_commit_is_gone_can_be_moved(project: Checkout, tmp_path: Path):
    hold(project, project.head)

    found = compared(project, tmp_path)

    assert found.problems == ()
    assert "production" not in found.bases
    assert (
        "0123456, where production is held, is not a commit here: everything is new"
        in said(found)[1]
    )


def test_a_shallow_clone_is_told_to_fetch_the_rest(project: Checkout, held_at: str, tmp_path: Path):
    clone = cloned(project, tmp_path / "clone", "--depth", "1")

    found = compared(clone, tmp_path)

    assert said(found)[1].endswith("; `git fetch --unshallow`"), held_at


def test_a_commit_that_no_branch_has_is_told_before_servers_delete_it(
    project: Checkout, held_at: str, tmp_path: Path
):
    grow(project)
    lost = project.commit("Grow")
    project.git("reset", "--quiet", "--hard", "HEAD^")
    hold(project, lost, held_at)

    assert said(compared(project, tmp_path))[1] == (
        f"{lost[:7]} is not on branch main, which may have been force-pushed; "
        "hold a commit of main: servers delete what no branch keeps"
    )


def test_argo_cd_must_find_manifests_at_the_commit(project: Checkout, tmp_path: Path):
    project.git("rm", "--quiet", "-r", "clusters/main/manifests")
    project.git("commit", "--quiet", "--message", "Have no manifests")
    hold(project, project.head)
    project.commit("Hold production")

    found = compared(project, tmp_path)

    assert (
        "has no clusters/main/manifests/stacks/production/, which the cluster applies"
        in (said(found)[1])
    )


def test_a_stack_is_held_where_its_file_is(project: Checkout, tmp_path: Path):
    (project.folder / "Pulumi.production.yaml").rename(project.folder / "kept")
    commit = project.commit("Have no production")
    (project.folder / "kept").rename(project.folder / "Pulumi.production.yaml")
    hold(project, commit)

    (problem,) = compared(project, tmp_path).problems

    assert f"is '{commit[:7]}', which has no Pulumi.production.yaml" in str(problem)


def test_a_plan_says_the_hold_before_all_else(project: Checkout, held_at: str, tmp_path: Path):
    found = compared(project, tmp_path)
    plan = Plan(base="", compared=True, stacks=tuple(stack_plan(one, one) for one in found.heads))

    noted = found.noted(plan)

    assert [one.held for one in noted.stacks] == [None, held_at]
    assert noted.stacks[1].notes[0].kind is Kind.STACK_HELD
    assert not noted.differs


def no_steps(*_: object) -> list[object]:
    return []


def test_the_command_shows_what_is_held_and_asks_no_engine_about_it(
    command_line: CommandLine, project: Checkout, held_at: str, monkeypatch: pytest.MonkeyPatch
):
    grow(project)
    grow(project, "dev")
    monkeypatch.setattr("gitops.cli.preview.live_steps", no_steps)
    monkeypatch.chdir(project.folder)

    ended = command_line("preview", "--base", "HEAD", "--live")

    text = " ".join(ended.out.split())
    assert ended.code == 0, ended.err
    assert f"note: production is held at {held_at[:7]}: this change does not reach it" in text
    assert text.count("live:") == 1
    assert text.count("20Gi -> 30Gi") == 1
    assert "cluster main no change" in text
