"""The pull-request comment: within GitHub's limit, and hostile text stays text."""

import copy
import re
from dataclasses import replace

import pytest

from gitops.planning.output.markdown import MARK, plan_markdown
from gitops.planning.plan import Plan, StackPlan, removed_stack, stack_plan
from tests.gitops.stacks import Config, changed, in_pool, rendered, stack_file

# The most that GitHub takes for one comment.
GITHUB_LIMIT = 65_536
PLACES = ("reason", "base", "note", "refusal", "stack")
HOSTILE = "`code` | cell @mention #12 [text](https://x.example) <img src=x> *b* _i_ ~s~ $m$ www.x.y"


def comment(*stacks: StackPlan, base: str = "abc Subject") -> str:
    return plan_markdown(Plan(base=base, compared=True, stacks=stacks))


def with_reason(reason: str) -> StackPlan:
    plan = changed(in_pool("talk", cpu=8))
    models = tuple(replace(model, reasons=(reason,)) for model in plan.models)
    return replace(plan, models=models)


def many_pools(count: int) -> Config:
    config = stack_file()
    pool = config["pools"]["talk"]
    config["pools"] = {f"{'p' * 28}{number:04}": copy.deepcopy(pool) for number in range(count)}
    return config


@pytest.fixture(scope="module")
def huge() -> StackPlan:
    """Return a stack of 200 pools in which everything changes and every claim is refused."""
    before, after = many_pools(200), many_pools(200)
    after["namespace"] = "elsewhere"
    for pool in after["pools"].values():
        pool.update(cpu=8, models=["small", "guessed"], aliases={})
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


def test_a_huge_change_fits_with_refusals_on_top_and_a_summary_of_each_stack(huge: StackPlan):
    assert len(huge.refusals) == 200
    text = comment(huge, replace(huge, stack="production"))
    assert len(text) < GITHUB_LIMIT
    assert text.split("\n")[1] == "> [!CAUTION]"
    assert "### dev: " in text
    assert "### production: " in text
    assert "localai-gitops preview" in text


def test_a_huge_change_is_cut_between_sentences_and_says_how_many_are_left(huge: StackPlan):
    text = comment(huge, replace(huge, stack="production"))
    shown = text.count("[!CAUTION]")
    left = re.search(r"And (\d+) more refusals", text)
    assert left
    assert shown + int(left[1]) == 400
    assert text.count("would be left behind") == text.count("to Pulumi.dev.yaml") == shown


def test_a_huge_change_without_refusals_still_has_its_summaries(huge: StackPlan):
    calm = replace(huge, refusals=())
    text = comment(calm, replace(calm, stack="production"))
    assert len(text) < GITHUB_LIMIT
    assert "### production: " in text
    assert "[!CAUTION]" not in text


@pytest.mark.parametrize("pools", [1, 40])
def test_a_change_of_any_size_fits(pools: int):
    assert len(comment(stack_plan(None, rendered(many_pools(pools))))) < GITHUB_LIMIT


def places(text: str) -> dict[str, str]:
    """Return a comment for each place where a hostile text may come from."""
    plan = with_reason("fine")
    return {
        "reason": comment(with_reason(text)),
        "base": comment(plan, base=text),
        "note": comment(replace(plan, notes=(text,))),
        "refusal": comment(replace(plan, refusals=(text,))),
        "stack": comment(replace(plan, stack=text)),
    }


def plain(markdown: str) -> str:
    """Return a comment without what belongs to the comment itself."""
    return re.sub(r"</?(details|summary)>|<!--[^\n]*-->", "", markdown)


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_makes_no_code_cell_mention_link_or_tag(place: str):
    hostile = plain(places(HOSTILE)[place])
    line = next(line for line in hostile.split("\n") if "mention" in line)
    assert "\\`code\\` \\| cell" in line
    assert "@mention" not in line
    assert "#12" not in line
    assert "\\[text\\](" in line
    assert "://" not in line
    assert "www.x" not in line
    assert "<img" not in hostile
    assert "\\*b\\* \\_i\\_ \\~s\\~ \\$m\\$" in line


@pytest.mark.parametrize("place", PLACES)
def test_a_new_line_in_a_text_starts_no_new_line_of_the_comment(place: str):
    for line in places("one\n\n# two\n- three")[place].split("\n"):
        assert not line.startswith(("# two", "- three"))


def test_a_hostile_field_stays_inside_its_code():
    plan = changed(in_pool("talk", cpu=8))
    change = plan.objects[-1]
    field = replace(change.fields[0], path="`</details>`", new="a`b\n`c")
    text = comment(replace(plan, objects=(replace(change, fields=(field,)),)))
    line = next(line for line in text.split("\n") if "a'b 'c" in line)
    assert line.strip().startswith("- `'</details>'")
    assert line.count("`") == 2


def test_every_row_of_a_table_has_its_columns():
    text = comment(with_reason(HOSTILE))
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert rows
    for header in [row for row in rows if "---" in row]:
        place = rows.index(header)
        assert re.sub(r"\\\|", "", rows[place + 1]).count("|") == header.count("|")
