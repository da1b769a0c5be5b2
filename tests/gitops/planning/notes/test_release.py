"""A plan names the release before and after, and says nothing of one that stays."""

from dataclasses import replace

from gitops.planning.note import Kind
from gitops.planning.notes.stack import release_notes
from gitops.planning.output import words
from gitops.planning.plan import stack_plan
from gitops.planning.rendering.rendering import ReleaseRecord, Rendering
from tests.gitops.stacks import rendered, stack_file

OLD = ReleaseRecord(digest=f"sha256:{'a' * 64}", models={"small": "1", "large": "2", "gone": "3"})
NEW = ReleaseRecord(digest=f"sha256:{'b' * 64}", models={"small": "1", "large": "4", "come": "5"})


def at(release: ReleaseRecord | None) -> Rendering:
    return replace(rendered(stack_file()), release=release)


def said(base: Rendering | None, head: Rendering) -> list[tuple[Kind, str]]:
    return [(note.kind, note.text) for note in release_notes(base, head, ())]


def test_a_release_that_changes_is_named_with_the_one_before_and_what_differs():
    counts = "1 model changed, 1 model added, 1 model removed"
    text = f"release {'a' * 12} -> {'b' * 12} ({counts})"

    assert said(at(OLD), at(NEW)) == [(Kind.RELEASE_CHANGES, text)]


def test_a_change_of_a_release_is_a_difference_even_where_no_object_changes():
    plan = stack_plan(at(OLD), at(replace(NEW, models=OLD.models)))

    assert plan.beside
    assert "the same models" in plan.notes[0].text


def test_a_stack_that_stays_at_its_release_says_so_in_its_own_line():
    assert said(at(OLD), at(OLD)) == []
    assert words.verdict(stack_plan(at(OLD), at(OLD))) == f"no change: stays at release {'a' * 12}"
    assert words.heading(at(OLD)).endswith(f", release {'a' * 12}")


def test_the_first_release_and_the_last_one_say_what_models_reach_from_then_on():
    ((added, one),) = said(at(None), at(NEW))
    ((removed, other),) = said(at(OLD), at(None))

    assert (added, removed) == (Kind.RELEASE_ADDED, Kind.RELEASE_REMOVED)
    assert "no longer reach" in one
    assert "every edit of models/ reaches the stack" in other


def test_nothing_is_said_of_stacks_that_float_or_are_new():
    assert said(at(None), at(None)) == []
    assert said(None, at(NEW)) == []
