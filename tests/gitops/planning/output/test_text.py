"""What a terminal shows: the meaning, whatever its layout."""

import io

import pytest
from rich.console import Console

from gitops.planning.note import Kind, Note
from gitops.planning.output import words
from gitops.planning.output.text import print_text
from gitops.planning.plan import Plan, StackPlan, removed_stack, stack_plan
from tests.gitops.stacks import changed, in_pool, rendered, stack_file

MIXED = changed(in_pool("talk", models=["small", "guessed"], aliases={"assistant": "guessed"}))


def shown(*stacks: StackPlan, width: int = 120, compared: bool = True, color: bool = False) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=width, highlight=False, force_terminal=color, no_color=not color
    )
    print_text(Plan(base="abc Subject", compared=compared, stacks=stacks), console)
    return file.getvalue()


def near(text: str, one: str, other: str) -> bool:
    """Return whether a line holds both."""
    return any(one in line and other in line for line in text.split("\n"))


@pytest.mark.parametrize(
    ("model", "change"), [("guessed", "added"), ("large", "removed"), ("assistant", "changed")]
)
def test_a_model_is_shown_with_its_change(model: str, change: str):
    assert near(shown(MIXED), model, change)


def test_the_inventory_names_every_model_and_alias():
    text = shown(stack_plan(None, rendered(stack_file())))
    for name in ("small", "large", "embedder", "assistant", "nvidia-l4", "localai-dev"):
        assert name in text


def test_the_base_is_named():
    assert "abc Subject" in shown(MIXED)


def test_a_refusal_comes_first():
    refused = changed(lambda config: config["pools"].pop("talk"))
    text = shown(changed(in_pool("find", cpu=8)), refused)
    assert text.startswith("REFUSED")
    assert "localai-talk-storage" in text.split("\n")[0]


def test_downtime_the_way_back_and_bytes_are_shown():
    text = " ".join(shown(MIXED).split())
    for part in ("downtime", "revert the commit", "~0.2 GB"):
        assert part in text


def test_every_changed_object_is_shown():
    text = shown(MIXED)
    for change in MIXED.objects:
        assert change.verifies or near(text, change.kind, change.name)


def test_what_verifies_is_one_line_whatever_becomes_of_its_objects():
    text = shown(changed(in_pool("talk", aliases={"assistant": "large"})))
    assert "1 updated, 1 replaced, 2 to verify it" in " ".join(text.split())
    assert "± verified again once they serve: talk" in text
    assert "talk-verify" not in text
    parked = shown(changed(in_pool("talk", replicas=0)))
    assert "- no longer verified: talk" in parked


def test_a_stack_whose_file_is_gone_is_shown():
    assert "Pulumi.dev.yaml was deleted" in shown(removed_stack(rendered(stack_file())))


def test_a_narrow_terminal_shows_everything():
    wide, narrow = shown(MIXED, width=200), shown(MIXED, width=40)
    assert max(len(line) for line in narrow.split("\n")) <= 40
    together = "".join(narrow.split())
    for sentence in words.explanations(MIXED):
        assert "".join(str(sentence).split()) in together
    for change in MIXED.objects:
        assert change.verifies or change.name in together
    assert narrow.count("…") == wide.count("…")


def test_without_color_there_are_no_escape_codes():
    assert "\x1b" not in shown(MIXED)
    assert "\x1b" in shown(MIXED, color=True)


def test_hostile_text_is_no_markup():
    plan = changed(lambda config: config["pools"].pop("talk"))
    note = Note(Kind.ADOPT_ON, ("x",), "[bold]note[/bold]")
    hostile = StackPlan(stack="[red]x[/red]", head=plan.head, notes=(note,))
    text = shown(hostile)
    assert "[red]x[/red]" in text
    assert "[bold]note[/bold]" in text
