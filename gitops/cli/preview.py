"""`preview`: what the stacks declare, and what the change does to them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from documents.shown import shown
from gitops.adapters.git import Git
from gitops.adapters.process import run
from gitops.adapters.pulumi import live_steps
from gitops.cli.output import Output
from gitops.cli.root import cache, checkout
from gitops.cli.terminal import console, print_json, print_text
from gitops.planning.base import Base, BaseRendering, UnknownBaseError, choose_base, render_base
from gitops.planning.checkout import read_declared
from gitops.planning.live import live_differences
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import plan_markdown
from gitops.planning.output.text import print_text as print_plan_text
from gitops.planning.plan import Plan, StackPlan, removed_stack, renamed_stack, stack_plan
from gitops.planning.program import followed, with_followed
from gitops.planning.rendering.rendering import Rendering


def preview(stacks: Sequence[str], wanted: str | None, output: Output, *, live: bool) -> Plan:
    """Print the plan, beside it what the engine says of the cluster where asked, and return it."""
    root = checkout()
    git = Git(folder=root, run=run)
    base = choose_base(git, wanted)
    plan = _plan(root, git, base, stacks)
    if live:
        plan = replace(plan, stacks=tuple(_with_live(stack, root) for stack in plan.stacks))
    print_plan(plan, output)
    return plan


def _with_live(plan: StackPlan, root: Path) -> StackPlan:
    if plan.head is None:
        return plan
    with _busy(f"Asking the engine about {plan.stack}"):
        steps = live_steps(run, root, plan.stack)
    return replace(plan, live=tuple(live_differences(plan, steps)))


def _plan(root: Path, git: Git, base: Base, stacks: Sequence[str]) -> Plan:
    if base.commit is None:
        heads = read_declared(root, stacks).renderings
        return Plan(
            base=base.words, compared=False, stacks=tuple(stack_plan(None, h) for h in heads)
        )
    # The base renders in a process of its own while this one renders the head.
    with cache("bases") as kept, ThreadPoolExecutor(max_workers=2) as others:
        rendered = others.submit(render_base, git, base.commit, run, kept)
        changed = others.submit(followed, git, base.commit)
        head = read_declared(root, stacks)
        with _busy(f"Rendering {base.words}"):
            old = rendered.result()
    plan = _compared(base, old, head.renderings, stacks)
    return plan if old.failure else with_followed(plan, changed.result(), head.files)


def _compared(
    base: Base, old: BaseRendering, heads: Sequence[Rendering], stacks: Sequence[str]
) -> Plan:
    words = base.words
    if old.failure and not old.toolless:
        cure = "use --base none to see everything as new"
        raise UnknownBaseError(f"{words} cannot be rendered: {old.failure}; {cure}")
    if old.failure:
        words = f"{words}, which cannot be rendered ({old.failure}): everything is new"
    words = ". ".join([words, *old.notes])
    plans = [stack_plan(old.stacks.get(head.stack), head) for head in heads]
    known = {head.stack for head in heads}
    gone = [] if stacks else [one for name, one in old.stacks.items() if name not in known]
    plans = [renamed_stack(plan, gone) for plan in plans]
    plans += [removed_stack(rendering) for rendering in gone]
    return Plan(base=words, compared=not old.failure, stacks=tuple(plans))


def _busy(words: str) -> AbstractContextManager[object]:
    place = console(stderr=True)
    return place.status(shown(words)) if place.is_terminal else nullcontext()


def print_plan(plan: Plan, output: Output) -> None:
    """Print a plan to standard output in one of its forms."""
    if output is Output.JSON:
        print_json(plan_document(plan))
    elif output is Output.MARKDOWN:
        print_text(plan_markdown(plan))
    else:
        print_plan_text(plan, console())
