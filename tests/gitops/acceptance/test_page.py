"""The page of a result holds all of it as text, and asks nobody for anything."""

import re
from dataclasses import asdict
from html.parser import HTMLParser
from typing import Any

import pytest

from gitops.acceptance.figures import judged
from gitops.acceptance.page import page
from gitops.acceptance.result import Kind, Result, document
from gitops.acceptance.scores import Scored, figures
from proof.finding import Check, Finding, Verdict
from tests.gitops.acceptance.test_figures import chat, load, tally

NASTY = "<script>alert(1)</script>\x1b[31m\"'&"


class Tags(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def made(**fields: Any) -> str:
    run = tally(load(), [chat(number, **fields) for number in range(10)])
    figures = run.figures(NASTY, NASTY)
    findings = tuple(judged(figures, run.load))
    result = Result(kind=Kind.LOAD, findings=findings, figures=(figures,), details=(run.course(),))
    return page(document("dev", "1.0", result), "2026-11-29T02:00:00Z")


def test_a_page_has_verdicts_figures_and_two_plots():
    text = made()
    assert text == made()
    assert text.count("<svg") == 2
    for word in (
        "dev: load: ",
        "p95",
        "first token",
        "10 of 10 chats were answered whole",
        "10.0 chats a second declared",
        "2026-11-29T02:00:00Z",
    ):
        assert word in Tags(text).text
    # A point a second: ten chats in one second are one.
    assert re.search(r'<path class="a" d="M60.0 [0-9.]+"/>', text)


def test_a_page_loads_nothing_and_runs_nothing():
    tags = Tags(made())
    assert not tags.names & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert not tags.attributes & {"src", "href", "style", "action"}
    assert "default-src 'none'" in made()


@pytest.mark.parametrize("fields", [{}, {"wrong": NASTY}])
def test_what_others_wrote_is_text(fields: dict[str, Any]):
    text = made(**fields)
    assert "<script" not in text
    assert "\x1b" not in text
    assert "<script>alert(1)</script>" in Tags(text).text


def test_a_run_that_tells_no_latency_has_no_plot_of_it():
    text = made(late=1.0)
    assert text.count("<svg") == 1
    assert "the generator fell behind" in text


def test_a_suite_has_its_scores_and_each_answer_wrong_ones_first():
    answers = (
        Scored(id="good", right=True, text="Paris"),
        Scored(id="bad", right=False, text=NASTY),
        Scored(id="odd", right=False, text="", error="answered 429"),
    )
    made = figures(answers, {"pool": "", "name": "m", "suite": "facts", "digest": "",
                             "judge": {"name": "j", "digest": ""}, "embedder": None})  # fmt: skip
    result = Result(kind=Kind.EVALUATE, findings=(), figures=(made,),
                    details=([asdict(one) for one in answers],))  # fmt: skip
    text = page(document("dev", "1.0", result), "now")
    assert "1 of 3 questions; judged by j." in text
    assert text.index("<td>bad</td>") < text.index("<td>odd</td>") < text.index("<td>good</td>")
    assert "answered 429" in text
    assert "<script" not in text


def test_a_name_that_was_not_loaded_has_its_verdict_alone():
    failed = Finding(
        check=Check.ANSWERS, pool="", name="a", verdict=Verdict.FAIL, text="answered 401",
        cure="give a key",
    )  # fmt: skip
    text = page(document("dev", "1.0", Result(kind=Kind.LOAD, findings=(failed,))), "now")
    assert "answered 401; give a key" in text
    assert "<svg" not in text
