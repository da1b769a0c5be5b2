import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.planning.output.comment import NoPreviewError, previewed
from gitops.planning.output.markdown import LARGEST, MARK, plan_markdown
from gitops.planning.plan import Plan, stack_plan
from tests.gitops.stacks import rendered, stack_file


def genuine() -> str:
    stack = stack_plan(None, rendered(stack_file()))
    return plan_markdown(Plan(base="everything as new", compared=False, stacks=(stack,)))


def test_what_the_tool_writes_is_shown_unchanged():
    assert previewed(genuine()) == genuine()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("see https://example.com/login", "an address"),
        ("www.example.com", "an address"),
        ("@team please merge", "a mention"),
        ("all is well ![ok](x)", "a link or picture"),
        ("[click]( x )", "a link or picture"),
        ("[ref]: x", "a link or picture"),
        ("<img src=x>", "a tag"),
        ("<!-- hidden -->", "a tag"),
        ("</details><h1>", "a tag"),
        ("fixes #12", "a reference"),
        ("bell \x07", "a control character"),
        ("`[click](https://example.com)``", "a backtick without its other"),
        ("``@somebody`", "a backtick without its other"),
        (r"\`![a](x)`", "a backtick without its other"),
        (r"\\`@somebody", "a backtick without its other"),
        ("<details>\n`<img src=x>`\n</details>", "HTML that goes on"),
        ("<details><summary>`<img src=x>`</summary>\n", "HTML that goes on"),
    ],
)
def test_what_the_tool_never_writes_is_refused_with_its_line(line: str, what: str):
    with pytest.raises(NoPreviewError, match=f"line [0-9]+ has {what}, which no preview has"):
        previewed(f"{genuine()}{line}\n")


def test_what_does_not_begin_as_a_preview_is_refused():
    with pytest.raises(NoPreviewError, match="does not begin as a preview does"):
        previewed("# Approved\n")


def test_what_is_longer_than_a_comment_is_refused():
    with pytest.raises(NoPreviewError, match="a preview has at most"):
        previewed(f"{MARK}\n" + "a" * LARGEST)


@given(st.text(max_size=200))
def test_whatever_a_file_holds_it_is_shown_unchanged_or_refused(text: str):
    try:
        assert previewed(f"{MARK}\n{text}") == f"{MARK}\n{text}"
    except NoPreviewError as error:
        assert str(error)  # noqa: PT017 (both ends are right)
