"""`preview`: what the stacks declare, and what the change does to them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from documents.problem import Problem, RefusedError, refusal
from gitops.adapters.git import Git
from gitops.adapters.process import OutsideError, run
from gitops.adapters.pulumi import live_steps
from gitops.cli.output import Output
from gitops.cli.root import cache, checkout
from gitops.cli.terminal import busy, print_json, print_text, print_with
from gitops.cluster.file import Cluster, read_clusters
from gitops.cluster.held import Commits, held, holds
from gitops.cluster.plan import with_clusters
from gitops.cluster.switch import with_switches
from gitops.planning.base import Base, BaseRendering, choose_base, render_base
from gitops.planning.checkout import Declared, read_whole
from gitops.planning.live import live_differences
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import markdown
from gitops.planning.output.text import print_text as print_plan_text
from gitops.planning.plan import Plan, StackPlan, removed_stack, renamed_stack, stack_plan
from gitops.planning.program import Followed, followed, with_followed
from gitops.planning.rendering.rendering import Rendering, UnreadableRenderingError, other_form
from settings.file import stack_names

_EVERYTHING = "use --base none to see everything as new"


def preview(stacks: Sequence[str], wanted: str | None, output: Output, *, live: bool) -> Plan:
    """Print the plan, beside it what the engine says of the cluster where asked, and return it."""
    root = checkout()
    plan = _shown(root, Git(folder=root, run=run), wanted, stacks)
    if live:
        plan = replace(plan, stacks=tuple(_with_live(stack, root) for stack in plan.stacks))
    if plan.stacks or not plan.problems or output is not Output.TEXT:
        print_plan(plan, output)
    if plan.problems:
        raise RefusedError(plan.problems)
    return plan


def _shown(root: Path, git: Git, wanted: str | None, stacks: Sequence[str]) -> Plan:
    """Return the plan; what keeps all of it from being made is a plan, too."""
    words = "nothing"
    try:
        base = choose_base(git, wanted)
        words = base.words
        with busy(f"Comparing with {words}" if base.commit else "Rendering stacks"):
            return _plan(root, git, base, stacks)
    except RefusedError as error:
        problems = error.problems
    except OutsideError as error:
        problems = (Problem(path=(), cause=error.cause, cure=error.cure),)
    return Plan(base=words, compared=False, stacks=(), problems=problems)


def _with_live(plan: StackPlan, root: Path) -> StackPlan:
    # The engine would run what is here, and not what the cluster is held at.
    if plan.head is None or plan.held:
        return plan
    with busy(f"Asking the engine about {plan.stack}"):
        steps = live_steps(run, root, plan.stack)
    return replace(plan, live=tuple(live_differences(plan, steps)))


def _plan(root: Path, git: Git, base: Base, stacks: Sequence[str]) -> Plan:
    with cache("bases") as kept:
        old, changed, head = _both(root, git, base, stacks, kept)
        clusters, problems = _clusters(root)
        commits = Commits(
            git=git, base=base.commit, render=lambda one: render_base(git, one, run, kept)
        )
        shown = held(commits, holds(git, base.commit, clusters), old.stacks, head)
    old = replace(old, stacks=shown.bases)
    plan = _compared(base, old, shown.heads, None if stacks else stack_names(root))
    plan = replace(plan, problems=(*head.problems, *problems))
    if not (stacks or problems):
        plan = with_clusters(plan, git, base.commit, head, clusters)
    if changed:
        reached = [one for one in head.files if one.stack not in shown.commits]
        plan = with_followed(plan, changed, reached)
    return shown.noted(with_switches(plan, git, base.commit, clusters))


def _both(
    root: Path, git: Git, base: Base, stacks: Sequence[str], kept: Path
) -> tuple[BaseRendering, Followed | None, Declared]:
    """Return the base, what else differs from it where it is known, and what is declared here."""
    if base.commit is None:
        return BaseRendering(stacks={}), None, read_whole(root, stacks)
    # The base renders in a process of its own while this one renders the head.
    with ThreadPoolExecutor(max_workers=2) as others:
        rendered = others.submit(render_base, git, base.commit, run, kept)
        changed = others.submit(followed, git, base.commit)
        head = read_whole(root, stacks)
        old = rendered.result()
    return old, None if old.failure else changed.result(), head


def _clusters(root: Path) -> tuple[tuple[Cluster, ...], tuple[Problem, ...]]:
    try:
        return read_clusters(root), ()
    except RefusedError as error:
        return (), error.problems


def _compared(
    base: Base, old: BaseRendering, heads: Sequence[Rendering], known: Sequence[str] | None
) -> Plan:
    """Return the plan; `known` are all stacks there are, or None where only some were asked for."""
    words = base.words
    if old.failure and not old.toolless:
        raise refusal("", f"{words} cannot be rendered: {old.failure}", _EVERYTHING)
    if old.failure:
        words = f"{words}, which cannot be rendered ({old.failure}): everything is new"
    words = ". ".join([words, *old.notes])
    gone = [one for name, one in old.stacks.items() if known is not None and name not in known]
    try:
        with other_form():
            plans = [stack_plan(old.stacks.get(head.stack), head) for head in heads]
            plans = [renamed_stack(plan, gone) for plan in plans]
            plans += [removed_stack(rendering) for rendering in gone]
    except UnreadableRenderingError as error:
        raise refusal("", f"{words} cannot be compared: {error}", _EVERYTHING) from error
    compared = bool(base.commit) and not old.failure
    return Plan(base=words, compared=compared, stacks=tuple(plans))


def print_plan(plan: Plan, output: Output) -> None:
    """Print a plan to standard output in one of its forms."""
    if output is Output.JSON:
        print_json(plan_document(plan))
    elif output is Output.MARKDOWN:
        print_text(markdown(plan_document(plan)))
    else:
        print_with(lambda place: print_plan_text(plan, place))
