"""What is printed is what was meant: no value ends its line, moves the cursor or shows a secret."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from gitops.cli.output import Output
from gitops.cli.terminal import console, print_json, print_lines, print_table, say
from gitops.planning.output.text import print_text
from gitops.planning.plan import Plan, stack_plan
from tests.gitops.stacks import rendered, stack_file

HOSTILE = (
    "[red]x[/red]\n[link=https://evil.test]y[/link]\x1b[2J\x1b]8;;a\x07\u202e\u2028:smile:\x9b"
)
ADDRESS = "https://user:hush-hush@files.test/a"


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    ended = capsys.readouterr()
    return ended.out + ended.err


def test_a_line_is_one_line(capsys: pytest.CaptureFixture[str]):
    print_lines([HOSTILE, ADDRESS])
    say(HOSTILE)
    text = printed(capsys)

    assert text.count("\n") == 3
    assert text.replace("\n", "").isprintable()
    assert "hush" not in text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text(max_size=4), VALUES, max_size=3))
@settings(max_examples=60)
def test_json_is_read_back_and_no_terminal_obeys_it(value: dict[str, Any]):
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        print_json(value)

    assert out.getvalue().replace("\n", "").isprintable()
    assert json.loads(out.getvalue()) == value


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


ROW = ("7d4ef604246b", "2026-11-29 08:19", "5aff7b256", "v4.9.0", "5",
       "BLOCKED: answers are cut off since its context was raised, see there")  # fmt: skip
HEAD = ("release", "committed", "commit", "server", "models", "why")


@pytest.mark.parametrize("columns", [60, 90])
def test_a_table_that_is_wider_than_a_terminal_folds_its_last_column_alone(
    columns: int, monkeypatch: pytest.MonkeyPatch
):
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(HEAD, [ROW], Output.TEXT)
    lines = screen.getvalue().splitlines()

    assert max(map(len, lines)) <= columns
    (first,) = [line for line in lines if line.startswith(ROW[0])]
    assert first.split()[:6] == [*ROW[0].split(), *ROW[1].split(), *ROW[2:5]]
    assert " ".join(screen.getvalue().split()).endswith(ROW[-1])


def test_a_table_is_never_folded_into_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COLUMNS", "60")
    print_table(HEAD, [ROW], Output.TEXT)

    assert len(printed(capsys).splitlines()) == 2


def test_json_holds_no_secret(capsys: pytest.CaptureFixture[str]):
    print_json({"a": [{"b": (ADDRESS, "sk-" + "a" * 30)}]})
    text = printed(capsys)

    assert "hush" not in text
    assert "aaaa" not in text
    assert json.loads(text)


def test_a_plan_shows_the_names_of_a_base_as_they_are_written():
    head = rendered(stack_file())
    base = replace(
        head,
        pools=tuple(
            replace(pool, models=tuple(replace(one, name=HOSTILE + ADDRESS) for one in pool.models))
            for pool in head.pools
        ),
    )
    out = io.StringIO()
    plan = Plan(base=HOSTILE, compared=True, stacks=(stack_plan(base, head),))
    print_text(plan, Console(file=out, width=4000, force_terminal=False, highlight=False))
    text = out.getvalue()

    assert "[red]x[/red]" in text
    assert text.replace("\n", "").isprintable()
    assert "hush" not in text


def test_a_console_takes_no_text_for_a_command(capsys: pytest.CaptureFixture[str]):
    console().print("[red]x[/red] :smile:")

    assert printed(capsys) == "[red]x[/red] :smile:\n"
