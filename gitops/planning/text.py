"""A plan in a terminal: the inventory, then models, then objects."""

from collections.abc import Iterator

from rich.console import Console, ConsoleRenderable, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gitops.planning import words
from gitops.planning.models import ModelChange
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.plan import Plan, StackPlan
from gitops.planning.rendering import Rendering
from gitops.planning.sizes import decimal

_MOST_FIELDS = 12
_STYLES = {
    "added": "green", "changed": "yellow", "removed": "red", "unchanged": "dim",
    Change.CREATE: "green", Change.UPDATE: "yellow", Change.REPLACE: "yellow",
    Change.DELETE: "red", Change.ABANDON: "red",
}  # fmt: skip


def print_text(plan: Plan, console: Console) -> None:
    """Print a plan; long lines fold at the width of the console."""
    for refusal in (refusal for stack in plan.stacks for refusal in stack.refusals):
        console.print(Text(f"REFUSED: {refusal}", style="bold red"))
    console.print(Text("Declared", style="bold"))
    for stack in plan.stacks:
        if stack.head:
            console.print(_inventory(stack.stack, stack.head))
    console.print(Text.assemble(("\nChange", "bold"), f" against {plan.base}"))
    for stack in plan.stacks:
        console.print(_stack(stack, compared=plan.compared))


def _inventory(name: str, head: Rendering) -> ConsoleRenderable:
    rows: list[ConsoleRenderable] = [
        Text.assemble("\n", (name, "bold cyan"), f"  {words.heading(head)}")
    ]
    width = max(len(pool.name) for pool in head.pools)
    for pool in head.pools:
        rows.append(Text(f"  {pool.name:<{width}}  {words.pool_line(pool)}"))
        rows.append(Padding(Text(words.served(pool), style="dim"), (0, 0, 0, width + 4)))
    return Group(*rows)


def _stack(plan: StackPlan, *, compared: bool) -> ConsoleRenderable:
    title = Text.assemble("\n", (plan.stack, "bold cyan"), f"  {words.verdict(plan)}")
    rows: list[ConsoleRenderable] = [title]
    rows += [Text(f"  note: {note}", style="yellow") for note in plan.notes]
    if plan.changed_models and compared:
        rows.append(Padding(_models(plan.changed_models), (0, 0, 0, 2)))
        rows += [Text(f"  {line}") for line in _reasons(plan)]
    if compared:
        rows += [line for change in plan.objects for line in _object(change)]
    return Group(*rows)


def _models(models: tuple[ModelChange, ...]) -> Table:
    table = _table("model", "pool", "change", "license", "fits", "restart", "fetch")
    for model in models:
        table.add_row(
            model.name, model.pool, Text(model.change, style=_STYLES[model.change]),
            model.license or "alias", model.fit or "-", "yes" if model.restart else "no",
            decimal(model.download_bytes, exact=model.exact),
        )  # fmt: skip
    return table


def _reasons(plan: StackPlan) -> Iterator[str]:
    for model in plan.changed_models:
        if model.change != "unchanged":
            yield from (f"{model.name}: {reason}" for reason in model.reasons)
    seen: dict[tuple[str, str], list[str]] = {}
    for model in plan.changed_models:
        if model.downtime:
            seen.setdefault(("downtime", model.downtime), []).append(model.name)
    for model in plan.changed_models:
        if model.way_back:
            seen.setdefault(("way back", model.way_back), []).append(model.name)
    for (what, sentence), names in seen.items():
        yield f"{what} ({', '.join(names)}): {sentence}"


def _object(change: ObjectChange) -> Iterator[Text]:
    symbol = words.SYMBOL[change.change]
    style = _STYLES[change.change]
    yield Text(f"  {symbol} {change.kind} {change.name}: {words.fate(change)}", style=style)
    fields = change.fields[:_MOST_FIELDS]
    for field in fields:
        yield Text(f"      {field}", style="dim")
    if len(change.fields) > len(fields):
        more = len(change.fields) - len(fields)
        yield Text(f"      … and {more} more fields (--output json)", style="dim")


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
