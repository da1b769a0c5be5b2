"""A plan as a pull-request comment: short by summarizing, never by cutting a sentence."""

from collections.abc import Iterator
from itertools import accumulate

from gitops.planning.output import words
from gitops.planning.plan import Plan, StackPlan
from gitops.planning.printable import decimal

# GitHub refuses a comment of more than 65,536 characters.
LARGEST = 65_000
MARK = "<!-- localai-gitops plan -->"
_SUMMARIZED = "\nSummarized to fit a comment; `localai-gitops preview` shows every field."
# Room for the mark and the last two sentences.
_MARGIN = 300


def plan_markdown(plan: Plan) -> str:
    """Return the comment: with every field, else without fields, without objects, or in short."""
    for detail in (2, 1, 0):
        text = "\n".join(_lines(plan, detail)) + "\n"
        if len(text) <= LARGEST:
            return text
    return _short(plan)


def _short(plan: Plan) -> str:
    """Return the refusals, as many as fit, and one line a stack."""
    summaries = "".join(f"{_summary(stack)}\n" for stack in plan.stacks)
    refusals = [f"{refusal}\n" for refusal in _refusals(plan)]
    room = LARGEST - len(summaries) - _MARGIN
    fitting = sum(total <= room for total in accumulate(len(refusal) for refusal in refusals))
    left = len(refusals) - fitting
    more = f"> **And {left} more refusals.**\n\n" if left else ""
    return f"{MARK}\n{''.join(refusals[:fitting])}{more}{summaries}{_SUMMARIZED}\n"


def _lines(plan: Plan, detail: int) -> Iterator[str]:
    yield MARK
    yield from _refusals(plan)
    yield f"Against {_text(plan.base)}.\n"
    for stack in plan.stacks:
        yield from _stack(stack, detail)
    if detail < 2:
        yield _SUMMARIZED


def _refusals(plan: Plan) -> Iterator[str]:
    for stack in plan.stacks:
        for refusal in stack.refusals:
            yield f"> [!CAUTION]\n> **{_text(stack.stack)} refused:** {_text(str(refusal))}\n"


def _summary(plan: StackPlan) -> str:
    return f"### {_text(plan.stack)}: {_text(words.verdict(plan))}\n"


def _stack(plan: StackPlan, detail: int) -> Iterator[str]:
    yield _summary(plan)
    for note in plan.notes:
        yield f"**Note:** {_text(str(note))}\n"
    yield from (f"- {_text(line)}" for line in words.live(plan))
    if plan.changed_models:
        yield from _models(plan)
        yield from (f"- {_text(line)}" for line in words.explanations(plan))
        yield ""
    if detail and plan.objects:
        yield f"<details><summary>Objects: {words.counts(plan.objects)}</summary>\n"
        for change in plan.objects:
            yield f"- {change.kind} `{change.name}`: {_text(words.fate(change))}"
            if detail > 1:
                yield from (f"  - {_code(str(field))}" for field in words.telling(change))
        yield "\n</details>\n"
    if plan.head:
        yield from _inventory(plan)


def _models(plan: StackPlan) -> Iterator[str]:
    yield "| model | pool | change | restart | downtime | fetch | license |"
    yield "|---|---|---|---|---|---|---|"
    for model in plan.changed_models:
        cells = (
            model.name, model.pool, model.change, "yes" if model.restart else "no",
            "yes" if model.downtime else "no",
            decimal(model.download_bytes, exact=model.exact), model.license or "alias",
        )  # fmt: skip
        yield f"| {' | '.join(_text(cell) for cell in cells)} |"
    yield ""


def _inventory(plan: StackPlan) -> Iterator[str]:
    yield "<details><summary>Declared</summary>\n"
    yield "| pool | runs on | pods | memory | $/h | serves |"
    yield "|---|---|---|---|---|---|"
    for pool in plan.head.pools if plan.head else ():
        cells = (
            pool.name, words.runs_on(pool), words.pods(pool), words.memory(pool),
            words.price(pool), words.served(pool),
        )  # fmt: skip
        yield f"| {' | '.join(_text(cell) for cell in cells)} |"
    yield "\n</details>\n"


def _text(value: str) -> str:
    """Return text that Markdown shows as it is, on one line, without tags, mentions or links."""
    flat = " ".join(value.split()).replace("\\", "\\\\")
    for character in "`*_|[]#~$":
        flat = flat.replace(character, f"\\{character}")
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # These become links and mentions after Markdown is read, so escaping alone does not help.
    flat = flat.replace("@", "@\u200b").replace("#", "#\u200b")
    return flat.replace("://", ":\u200b//").replace("www.", "www\u200b.")


def _code(value: str) -> str:
    flat = " ".join(value.split()).replace("`", "'")
    return f"`{flat}`"
