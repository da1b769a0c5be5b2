"""A plan in a terminal: the inventory, then models, then objects."""

from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleRenderable, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from documents.shown import shown
from gitops.planning.difference import telling
from gitops.planning.models import ModelChange
from gitops.planning.note import NO_STACK, Note
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.output import words
from gitops.planning.plan import ClusterPlan, Plan, StackPlan
from gitops.planning.printable import counted, decimal
from gitops.planning.rendering.rendering import Rendering

_MOST_FIELDS = 12
_STYLES = {
    "added": "green", "changed": "yellow", "removed": "red", "unchanged": "dim",
    Change.CREATE: "green", Change.UPDATE: "yellow", Change.REPLACE: "yellow",
    Change.DELETE: "red", Change.ABANDON: "red",
}  # fmt: skip


def print_text(plan: Plan, console: Console) -> None:
    """Print a plan; long lines fold at the width of the console."""
    for refusal in (refusal for stack in plan.stacks for refusal in stack.refusals):
        console.print(_text(f"REFUSED: {refusal}", "bold red"))
    console.print(_text("Declared", "bold"))
    for stack in plan.stacks:
        if stack.head:
            console.print(_inventory(stack.stack, stack.head))
    if not any(stack.head for stack in plan.stacks):
        console.print(f"\n{NO_STACK}")
    console.print(Text.assemble(("\nChange", "bold"), _text(f" against {plan.base}")))
    if plan.compared and (sums := words.sums(plan)):
        console.print(Text(sums, style="bold"))
    for stack in plan.stacks:
        console.print(_stack(stack, compared=plan.compared))
    for cluster in plan.clusters:
        console.print(_cluster(cluster, compared=plan.compared))


def _inventory(name: str, head: Rendering) -> ConsoleRenderable:
    rows: list[ConsoleRenderable] = [
        Text.assemble("\n", _text(name, "bold cyan"), _text(f"  {words.heading(head)}"))
    ]
    width = max(len(one.name) for one in (*head.pools, *head.served))
    for pool in head.pools:
        rows.append(_text(f"  {pool.name:<{width}}  {words.pool_line(pool)}"))
        rows.append(_line(words.served(pool), indent=width + 4, style="dim"))
    rows += [_text(f"  {model.name:<{width}}  {words.served_line(model)}") for model in head.served]
    return Group(*rows)


def _stack(plan: StackPlan, *, compared: bool) -> ConsoleRenderable:
    rows = [*_noted(plan.stack, words.verdict(plan), plan.notes)]
    rows += [_line(line, style="magenta") for line in words.live(plan)]
    if not compared:
        return Group(*rows)
    if plan.changed_models:
        rows.append(Padding(_models(plan.changed_models), (0, 0, 0, 2)))
        rows += [_line(str(note)) for note in words.explanations(plan)]
    rows += [line for one in plan.objects if not one.verifies for line in _object(one)]
    for change, said in words.verification(plan.objects):
        rows.append(_line(f"{words.SYMBOL[change]} {said}", style=_STYLES[change]))
    return Group(*rows)


def _cluster(plan: ClusterPlan, *, compared: bool) -> ConsoleRenderable:
    rows = [*_noted(f"cluster {plan.cluster}", words.cluster_verdict(plan), plan.notes)]
    if compared:
        rows += [line for change in plan.objects for line in _object(change)]
    return Group(*rows)


def _noted(name: str, verdict: str, notes: Iterable[Note]) -> Iterator[ConsoleRenderable]:
    yield Text.assemble("\n", _text(name, "bold cyan"), _text(f"  {verdict}"))
    yield from (_line(f"note: {note}", style="yellow") for note in notes)


def _models(models: tuple[ModelChange, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("model", "pool", "change", "restart", "downtime", "fetch"):
        table.add_column(column, overflow="fold")
    for model in models:
        table.add_row(
            _text(model.name), _text(model.pool), Text(model.change, style=_STYLES[model.change]),
            "yes" if model.restart else "no", words.downtime(model),
            decimal(model.download_bytes, exact=model.exact),
        )  # fmt: skip
    return table


def _text(text: str, style: str = "") -> Text:
    """Return a text whose values no terminal obeys."""
    return Text(shown(text), style=style)


def _line(text: str, *, indent: int = 2, style: str = "") -> ConsoleRenderable:
    hang = Padding(_text(text, style), (0, 0, 0, indent))
    hang.expand = False
    return hang


def _object(change: ObjectChange) -> Iterator[ConsoleRenderable]:
    symbol, style = words.SYMBOL[change.change], _STYLES[change.change]
    yield _line(f"{symbol} {change.kind} {change.name}: {words.fate(change)}", style=style)
    fields = telling(change.fields)
    for field in fields[:_MOST_FIELDS]:
        yield _line(str(field), indent=6, style="dim")
    if len(fields) > _MOST_FIELDS:
        more = counted(len(fields) - _MOST_FIELDS, "more field")
        yield _line(f"… and {more} (--output json)", indent=6, style="dim")
