"""Hostile text in every place of a plan, read by GitHub's own Markdown reader."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gitops.planning.output.escape import code, prose, text
from gitops.planning.output.markdown import LARGEST, markdown
from gitops.planning.printable import printable

to_html: Callable[[str, int, list[str]], str] = cast(
    "Any", cmarkgfm
).markdown_to_html_with_extensions
UNSAFE: int = cast("Any", Options).CMARK_OPT_UNSAFE
GOLDEN = Path(__file__).parents[3] / "golden"
PLANS: list[Any] = [
    json.loads((GOLDEN / name / "preview.json").read_text(encoding="utf-8"))
    for name in ("model-swapped", "claim-shrunk", "stack-deleted")
]
# What the tool writes: nothing else may ever come of a plan.
OURS = {
    "h3", "p", "strong", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td",
    "blockquote", "details", "summary",
}  # fmt: skip

# What GitHub looks for in the text of the finished HTML, outside code.
LIVE = (
    re.compile(r"@[A-Za-z0-9]"),
    re.compile(r"#\d"),
    re.compile(r"\bGH-\d", re.IGNORECASE),
    re.compile(r":[a-z0-9+_-]+:", re.IGNORECASE),
    re.compile(r"://|\bwww\.[^\u200b]", re.IGNORECASE),
    re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]"),
)

# One a line of what once passed, and two more of each kind.
PAYLOADS = {
    "a link with an escaped bracket": r"[Approve\\](https:\//evil.example)",
    "a picture with an entity": r"![x\\](https&colon;//evil.example/p.png)",
    "a reference definition": "[ref]: https://evil.example\n\n[ref]",
    "a definition over two lines": "[a]:\n  https://evil.example 'title'\n\n[a][]",
    "a table cell inside code": "`a | ![x](https://evil.example/p.png) | @owner`",
    "a cell with an escaped bar": r"a \| b \\| @owner | [x](y)",
    "html after a line separator": "a\u2028<img src=x onerror=alert(1)>",
    "html after a next line": "a\u0085<script>x</script>",
    "a mention by entity": "&#64;owner please merge",
    "a mention of a team": "@owner/team",
    "a diagram": "~~~mermaid\ngraph TD; A-->B\n~~~",
    "a diagram in backticks": "```mermaid\ngraph TD; A-->B\n```",
    "mathematics": "$$\\href{https://evil.example}{x}$$ and $`x`$",
    "direction marks": "safe \u202egnp.exe\u202c \u2066x\u2069",
    "control characters": "bell \x07 escape \x1b[2K null \x00 carriage\rreturn",
    "a slash command": "\n/merge\n/approve",
    "an address after a mark": "_www.evil.example (WWW.evil.example ~www.evil.example~",
    "an address without a mark": "http&#58;//evil.example www.evil.example evil@example.org",
    "references": "fixes #12 GH-12 owner/repo#12 :octocat:",
    "the end of a fold": "</details>\n\n<!-- --> <h1>Approved</h1>\n\n# Approved\n\n1. one\n- two",
}


class Read(HTMLParser):
    """The elements of a comment, and its text outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.inside += tag == "code"
        if tag == "code":
            # What is beside code is text of its own.
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words.append(data)


def read(comment: str) -> Read:
    html = to_html(comment, UNSAFE, ["table", "strikethrough", "autolink", "tasklist"])
    found = Read()
    found.feed(html)
    return found


def assert_dead(comment: str) -> None:
    found = read(comment)
    assert found.elements <= OURS
    assert found.attributes == set()
    words = "".join(found.words)
    assert [pattern.pattern for pattern in LIVE if pattern.search(words)] == []
    assert not any(re.match(r"\s*([>*+-]\s+)*/\w", line) for line in comment.split("\n"))


def planted(value: Any, hostile: str, key: str = "") -> Any:
    """Return a document with a hostile text in place of every text that is not of a fixed set."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: planted(inner, hostile, name) for name, inner in fields.items()}
    if isinstance(value, list):
        return [planted(inner, hostile, key) for inner in cast("list[Any]", value)]
    return hostile if isinstance(value, str) and key != "change" else value


def comments(hostile: str) -> list[str]:
    return [markdown(planted(plan, hostile)) for plan in PLANS]


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                *"`|\\[]()<>!#@*_~$&:;/-+=.\n\r\t 1a\u2028\u202e\u200b\x00\ufeffé",
                "```",
                "~~~",
                "www.",
                "://",
                "https",
                "<!--",
                "-->",
                "&#64;",
                "x.y",
                "GH-1",
                "</details>",
                "$$",
                "[x](y)",
                "a@b.co",
                "mailto:",
                "xmpp:a@b.c",
                ":tada:",
                "- [ ] ",
                "1. ",
                "\n\n",
            ]
        ),
        max_size=25,
    ).map("".join),
)


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_that_once_passed_is_live_anywhere(name: str):
    for comment in comments(PAYLOADS[name]):
        assert_dead(comment)


@settings(deadline=None)
@given(HOSTILE)
def test_no_text_makes_an_element_or_a_mention_of_its_own(hostile: str):
    assert_dead(
        f"- {text(hostile)}\n\n| {text(hostile)} | b |\n|---|---|\n| {text(hostile)} | x |\n"
    )
    assert "$" not in text(hostile)
    assert_dead(f"- {code(hostile)}\n  - {prose(hostile)}\n\n### {prose(hostile)}\n")


@settings(deadline=None, max_examples=20)
@given(HOSTILE)
@example("@`0")
def test_no_plan_makes_an_element_or_a_mention_of_its_own(hostile: str):
    for comment in comments(hostile):
        assert_dead(comment)
        assert len(comment) <= LARGEST


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=1))
def test_what_can_be_seen_is_shown_as_it_is(shown: str):
    # What looks like a credential in an address is not shown at all.
    assume(printable(shown) == shown)
    found = read(f"- x {text(shown)}\n").words
    assert "".join(found).replace("\u200b", "").strip() == f"x {shown}".strip()


def test_a_command_in_a_sentence_can_be_copied():
    assert prose("it stays; run `pulumi destroy --yes` first") == (
        "it stays; run `pulumi destroy --yes` first"
    )
    assert code("a ``b`` c`") == "``` a ``b`` c` ```"
