"""The pull-request comment: within GitHub's limit, and hostile text stays text."""

import copy
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops.planning import difference
from gitops.planning.note import Kind, Note, Rank
from gitops.planning.output import escape
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import MARK, markdown
from gitops.planning.plan import Plan, StackPlan, removed_stack, stack_plan
from gitops.planning.printable import printable
from tests.gitops.stacks import Config, changed, in_pool, rendered, stack_file

# The most that GitHub takes for one comment.
GITHUB_LIMIT = 65_536
PLACES = ("reason", "base", "note", "refusal", "stack")
HOSTILE = "`code` | cell @mention #12 [text](https://x.example) <img src=x> *b* _i_ ~s~ $m$ www.x.y"


def comment(*stacks: StackPlan, base: str = "abc Subject") -> str:
    return markdown(plan_document(Plan(base=base, compared=True, stacks=stacks)))


def with_reason(reason: str) -> StackPlan:
    plan = changed(in_pool("talk", cpu=8))
    models = tuple(
        replace(model, reasons=(Note(Kind.FIELD_CHANGES, (), reason),)) for model in plan.models
    )
    return replace(plan, models=models)


def many_pools(count: int) -> Config:
    config = stack_file()
    pool = config["pools"]["talk"]
    config["pools"] = {f"{'p' * 28}{number:04}": copy.deepcopy(pool) for number in range(count)}
    return config


@pytest.fixture(scope="module")
def huge() -> StackPlan:
    """Return a stack of 200 pools in which everything changes and every claim would shrink."""
    before, after = many_pools(200), many_pools(200)
    for pool in before["pools"].values():
        pool["storage"] = {"size": "90Gi"}
    for pool in after["pools"].values():
        pool.update(cpu=8, models=["small", "guessed"], aliases={}, storage={"size": "80Gi"})
    return stack_plan(rendered(before), rendered(after))


def test_a_comment_can_be_found_again():
    assert comment(changed(lambda config: config)).startswith(MARK)


def test_a_comment_says_what_it_compares_with():
    assert "abc Subject" in comment(changed(lambda config: config))


def test_a_small_change_is_shown_with_its_fields():
    text = comment(changed(in_pool("talk", cpu=8)))
    assert "threads" in text
    assert "Summarized" not in text


def test_a_refusal_comes_before_everything_else():
    text = comment(changed(in_pool("find", cpu=8)), changed(lambda c: c["pools"].pop("talk")))
    first = text.index("> [!CAUTION]")
    assert first < text.index("abc Subject")
    assert first < text.index("### dev")


def test_a_stack_whose_file_is_gone_is_a_note():
    assert "**Note:** Pulumi.dev.yaml was deleted" in comment(removed_stack(rendered(stack_file())))


def test_a_huge_change_fits_with_refusals_on_top_and_what_is_left_out_by_kind(huge: StackPlan):
    text = comment(huge, replace(huge, stack="production"))
    shown = text.count("[!CAUTION]")
    left = re.search(r"(\d+) x refusal", plain(text).replace("\\", ""))
    assert len(text) < GITHUB_LIMIT
    assert text.split("\n")[1] == "> [!CAUTION]"
    assert left or shown == 400
    assert shown + (int(left[1]) if left else 0) == len(huge.refusals) * 2 == 400
    assert text.count("would shrink") == shown
    assert "`localai-gitops preview` shows every field" in text


def risky(pools: int) -> Config:
    """Return a stack with what a reviewer must see, and that many pools more."""
    config = many_pools(pools) | {"namespace": "localai-dev"}
    config["pools"] |= stack_file()["pools"]
    del config["pools"]["find"]
    source = {"repository": "https://charts.example.org", "chart": "store", "version": "1.2.3"}
    config["charts"] = {"unknown": source}
    return config


@pytest.mark.thorough
@pytest.mark.parametrize("pools", [0, 5, 300])
def test_added_pools_hide_no_line_of_a_higher_rank(pools: int):
    plan = stack_plan(rendered(stack_file()), rendered(risky(pools)))
    loud = [
        Note(Kind.EXPOSURE_CHANGES, ("x",), "exposure becomes public"),
        Note(Kind.WAIVER_ADDED, ("x",), "a rule is waived"),
        Note(Kind.ADDRESS_CHANGES, ("x",), "an address changes"),
    ]
    quiet = [Note(Kind.POOL_SCALES, ("p",), f"pool {number} scales") for number in range(pools)]
    text = comment(replace(plan, notes=(*quiet, *plan.notes, *loud)))

    assert len(text) < GITHUB_LIMIT
    chart = "store of https"
    for wanted in ("refused", "embedder", "unknown`: created", chart, *(n.text for n in loud)):
        assert wanted in text
    assert ("left out" in text) == (pools == 300)


@pytest.fixture(scope="module")
def unchanged() -> dict[str, Any]:
    """Return the document of a plan in which one stack stays as it is."""
    return plan_document(Plan(base="abc", compared=True, stacks=(changed(lambda c: c),)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 50), order=st.permutations(list(Rank)))
def test_a_line_is_left_out_only_if_no_lower_rank_is_shown(
    unchanged: dict[str, Any], count: int, order: list[Rank]
):
    kinds = {rank: next((kind for kind in Kind if kind.rank is rank), None) for rank in order}
    notes: list[dict[str, Any]] = [
        {"kind": kind.value, "subjects": [], "text": f"{rank.name} {'x' * 1600}", "cure": ""}
        for rank, kind in kinds.items()
        if kind
        for _ in range(count)
    ]
    stack: dict[str, Any] = {**unchanged["stacks"][0], "notes": notes}
    text = markdown({**unchanged, "stacks": [stack]})
    shown = {rank: text.count(f"{rank.name} x") for rank in Rank}

    assert len(text) < GITHUB_LIMIT
    full = [rank for rank in Rank if kinds[rank] and shown[rank] < count]
    assert all(shown[rank] == 0 for rank in Rank if full and rank > full[0])


@pytest.mark.parametrize("pools", [1, 40])
def test_a_change_of_any_size_fits(pools: int):
    assert len(comment(stack_plan(None, rendered(many_pools(pools))))) < GITHUB_LIMIT


def places(text: str) -> dict[str, str]:
    """Return a comment for each place where a hostile text may come from."""
    plan = with_reason("fine")
    return {
        "reason": comment(with_reason(text)),
        "base": comment(plan, base=text),
        "note": comment(replace(plan, notes=(Note(Kind.DRIFT, (), text),))),
        "refusal": comment(replace(plan, refusals=(Note(Kind.CLAIM_LOST, (), text),))),
        "stack": comment(replace(plan, stack=text)),
    }


def plain(markdown: str) -> str:
    """Return a comment without what belongs to the comment itself."""
    return re.sub(r"</?(details|summary)>|<!--[^\n]*-->", "", markdown)


@pytest.mark.parametrize("place", PLACES)
def test_a_new_line_in_a_text_starts_no_new_line_of_the_comment(place: str):
    for line in places("one\n\n# two\n- three")[place].split("\n"):
        assert not line.startswith(("# two", "- three"))


def test_every_row_of_a_table_has_its_columns():
    text = comment(with_reason(HOSTILE))
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert rows
    for header in [row for row in rows if "---" in row]:
        place = rows.index(header)
        assert re.sub(r"\\\|", "", rows[place + 1]).count("|") == header.count("|")


def filled(place: str, said: str) -> dict[str, Any]:
    """Return a plan with 18 MB of a text in one place, or in many pieces."""
    document = plan_document(Plan(base="abc", compared=True, stacks=(changed(lambda c: c),)))
    long, (stack,) = said * (18_000_000 // len(said)), document["stacks"]
    note: dict[str, Any] = {"kind": Kind.DRIFT.value, "subjects": [], "text": long, "cure": ""}
    field = {"path": "a", "old": long, "new": "b", "forces": False}
    change = {"kind": "Job", "name": long, "change": "update", "fate": "updated", "fields": [field]}
    if place == "base":
        document["base"] = long
    elif place == "pieces":
        stack["notes"] = [{**note, "text": long[:1900]}] * (len(long) // 2000)
    elif place == "note":
        stack["notes"] = [note]
    else:
        stack["objects"] = [change]
    return document


@pytest.mark.parametrize("place", ["base", "note", "pieces", "object"])
@pytest.mark.parametrize("said", ["`x` @a/b://:", "x "])
def test_a_plan_of_any_length_costs_what_a_comment_holds(
    place: str, said: str, monkeypatch: pytest.MonkeyPatch
):
    work = 0

    def counting(value: str) -> str:
        nonlocal work
        work += len(value)
        return printable(value)

    for module in (escape, difference):
        monkeypatch.setattr(module, "printable", counting)

    assert len(markdown(filled(place, said))) < GITHUB_LIMIT
    assert work < 40 * GITHUB_LIMIT
