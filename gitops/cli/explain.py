"""`explain`: how the memory of a pool came about, or what a rule requires."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gitops.cli.output import Output
from gitops.cli.terminal import busy, print_json, print_lines, print_table

if TYPE_CHECKING:
    from components.pool.pool import Pool
    from gitops.authoring.explain import Requirement


def explain(
    name: Annotated[str, typer.Argument(help="A pool, or a rule.", show_default=False)],
    stack: Annotated[str | None, typer.Option(help="The stack of the pool; all if absent.")] = None,
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT,
) -> None:
    """Explain the memory of a pool, or a rule.

    A pool that does not fit is explained, too.

    Example: localai-gitops explain chat --stack dev
    """
    with busy(f"Explaining {name}"):
        from gitops.authoring.explain import Requirement, explained
        from gitops.cli.root import checkout
        from models.catalog import read_catalog

        root = checkout()
        found = explained(root, read_catalog(root), name, stack)
    if isinstance(found, Requirement):
        _rule(found, output)
    else:
        _pools(found, output)


def _rule(rule: "Requirement", output: Output) -> None:
    if output is Output.JSON:
        print_json({"version": 1, "rule": asdict(rule)})
        return
    rows = [
        ("requires", rule.sentence), ("why", rule.reason), ("key", rule.key),
        ("cure", rule.cure), ("broken", rule.consequence),
    ]  # fmt: skip
    print_table((rule.id, ""), [row for row in rows if row[1]], output)


def _pools(pools: "Sequence[Pool]", output: Output) -> None:
    from gitops.authoring.memory import gib, pool_terms, term_document, verdict_words

    if output is Output.JSON:
        print_json({
            "version": 1,
            "pools": [
                {"stack": pool.context.stack, "pool": pool.name, "verdict": pool.fit.verdict.value,
                 "terms": term_document(pool_terms(pool))} for pool in pools
            ],
        })  # fmt: skip
        return
    for index, pool in enumerate(pools):
        rows = [(term.model or "pod", term.what, gib(term.bytes, exact=term.exact), term.how)
                for term in pool_terms(pool)]  # fmt: skip
        print_lines([""] * bool(index))
        print_lines([f"{pool.name} of {pool.context.stack}, {verdict_words(pool.fit)}"])
        print_table(("of", "what", "memory", "how it comes"), rows, output)
