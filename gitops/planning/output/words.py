"""The sentences that a plan says the same way in a terminal and in a pull request."""

from collections import Counter
from collections.abc import Iterable, Iterator

from gitops.planning.cost import cost_change, pods, price, runs_on, span, total
from gitops.planning.models import ModelChange
from gitops.planning.note import Kind, Note
from gitops.planning.objects import PAST, Change, ObjectChange
from gitops.planning.plan import ClusterPlan, Plan, StackPlan
from gitops.planning.pods import rollout_notes
from gitops.planning.printable import binary, decimal, listed
from gitops.planning.rendering.rendering import PoolRecord, Rendering
from gitops.planning.rendering.served_record import ServedRecord
from settings.release import short

SYMBOL = {
    Change.CREATE: "+",
    Change.UPDATE: "~",
    Change.REPLACE: "±",
    Change.DELETE: "-",
    Change.ABANDON: "!",
}


_DELIVERERS = {"operator": "the operator", "rendered": "Argo CD", "compose": "Compose"}


def heading(head: Rendering) -> str:
    """Return what a stack is and where it goes."""
    return (
        f"namespace {head.namespace}, cluster {head.cluster}, LocalAI {head.server}, "
        f"delivered by {_DELIVERERS.get(head.delivery, head.delivery)}"
        f"{f', release {short(head.release.digest)}' if head.release else ''}"
    )


def memory(pool: PoolRecord) -> str:
    """Return what its active models need of what there is; `~` where a size is an estimate."""
    about = "" if pool.fit.exact else "~"
    return f"{about}{pool.fit.needed / 2**30:.1f} of {binary(pool.fit.available)}"


def pool_line(pool: PoolRecord) -> str:
    """Return where a pool runs, how many pods, what they take, and what its GPUs cost."""
    said = f"{pods(pool)} pod{'s' if pods(pool) != '1' else ''}"
    cost = f", {price(pool)}/h list" if pool.price else ""
    return f"{runs_on(pool):<18} {said:<7} {pool.fit.verdict}: {memory(pool)}{cost}"


def served(pool: PoolRecord) -> str:
    """Return what a pool serves: its models, then its aliases."""
    aliases = [f"{alias} (= {target})" for alias, target in pool.aliases.items()]
    return ", ".join([*(model.name for model in pool.models), *aliases])


def served_line(model: ServedRecord) -> str:
    """Return which version of a registry is served, by how many pods, and its metrics."""
    said = span(str(model.least), str(model.most))
    figures = "".join(f", {name} {figure}" for name, figure in model.metrics.items())
    return f"{model.uri} {model.semver}, {said} pod{'s' if said != '1' else ''}{figures}"


def verdict(plan: StackPlan) -> str:
    """Return the change of a stack in one line."""
    if plan.head is None:
        return f"the stack file was deleted; objects: {counts(plan.objects)}"
    if not plan.objects:
        stays = f": stays at release {short(plan.head.release.digest)}" if plan.head.release else ""
        return "no object changes, but see the notes" if plan.beside else f"no change{stays}"
    models, aliases = (
        _tally(one for one in plan.models if one.alias is alias) for alias in (False, True)
    )
    exact = all(model.exact for model in plan.models)
    costs = cost_change(plan.cost_before, plan.cost)
    return (
        f"models: {models or 'none changed'}; {f'aliases: {aliases}; ' if aliases else ''}"
        f"{decimal(plan.download_bytes, exact=exact)} to fetch; "
        f"{downtime_summary(plan)}; objects: {counts(plan.objects)}"
        f"{f'; {costs}' if costs else ''}"
    )


def cluster_verdict(plan: ClusterPlan) -> str:
    """Return the change of what a cluster pulls in one line."""
    if not plan.there:
        return f"the cluster file was deleted; objects: {counts(plan.objects) or 'none'}"
    if not plan.objects:
        return "no object changes, but see the notes" if plan.notes else "no change"
    return f"objects: {counts(plan.objects)}"


def sums(plan: Plan) -> str:
    """Return what all stacks take before and after; nothing where one stack says the same."""
    changed = [stack for stack in plan.stacks if stack.cost != stack.cost_before]
    if len(changed) < 2:
        return ""
    before = total(stack.cost_before for stack in plan.stacks)
    after = total(stack.cost for stack in plan.stacks)
    return f"All stacks: {cost_change(before, after) or 'as many pods, GPUs and dollars as before'}"


def _tally(changes: Iterable[ModelChange]) -> str:
    """Return how many models change, by what happens; one that moves counts where it comes to."""
    kinds = Counter(
        "moved" if one.moves else one.change.value
        for one in changes
        if one.change != "unchanged" and not (one.moves and one.change == "removed")
    )
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())


def counts(objects: Iterable[ObjectChange]) -> str:
    """Return how many objects change, by what happens to them."""
    tally: Counter[Change] = Counter()
    verifying = 0
    for change in objects:
        both = change.replaces_retained
        if change.verifies and change.change in (Change.CREATE, Change.REPLACE):
            verifying += 1
        else:
            tally.update([Change.CREATE, Change.ABANDON] if both else [change.change])
    told = [f"{tally[change]} {PAST[change]}" for change in Change if tally[change]]
    return ", ".join([*told, *([f"{verifying} to verify it"] if verifying else [])])


_VERIFIED = {
    Change.CREATE: "verified once they serve",
    Change.REPLACE: "verified again once they serve",
    Change.DELETE: "no longer verified",
}


def verification(objects: Iterable[ObjectChange]) -> Iterator[tuple[Change, str]]:
    """Yield which pools are verified anew, or no longer: a line for all objects that do it."""
    jobs = [one for one in objects if one.verifies and one.kind == "Job"]
    for change, said in _VERIFIED.items():
        pools = [one.name.removeprefix("localai-").rpartition("-verify-")[0] for one in jobs
                 if one.change is change]  # fmt: skip
        if pools:
            yield change, f"{said}: {listed(pools, 'pool')}"


def fate(change: ObjectChange) -> str:
    """Return what happens to an object, with the field that forces a replacement."""
    if change.change is not Change.REPLACE:
        return PAST[change.change]
    if change.replaces_retained:
        return f"created anew, the old one is left behind (forced by {_forcing(change)})"
    old = next((field.old for field in change.fields if field.path == "metadata.name"), None)
    if old:
        return f"replaces {old}, new first (forced by metadata.name)"
    return f"replaced, delete first (forced by {_forcing(change)})"


def _forcing(change: ObjectChange) -> str:
    return ", ".join(change.forcing[:3])


def explanations(plan: StackPlan) -> Iterator[Note]:
    """Yield what the table of models cannot say: why, what for, and how to go back."""
    for model in plan.changed_models:
        if model.change == "unchanged":
            continue
        facts = [model.license, model.gpu or "CPU", model.fit] if not model.alias else []
        added = [one for one in facts if one] if model.change == "added" else []
        why = "; ".join([*added, *map(str, model.reasons)])
        yield Note(Kind.MODEL_CHANGES, (model.name,), f"{model.name} {model.change}: {why}")
    kept = [one for one in plan.changed_models if one.change != "removed"]
    away = [(one.downtime, one.pool) for one in kept if one.downtime]
    yield from _by_pools("downtime", away)
    rollouts = rollout_notes(plan.rollouts, (pool for _, pool in away))
    yield from _by_pools("rollout", ((note, pool) for note in rollouts for pool in note.subjects))
    ways = ((one.way_back, one.pool) for one in plan.changed_models if one.way_back)
    yield from _by_pools("way back", ways)


def _by_pools(what: str, said: Iterable[tuple[Note, str]]) -> Iterator[Note]:
    """Yield each sentence once, about all the pools that it is said of."""
    pools: dict[tuple[Kind, str], list[str]] = {}
    for note, pool in said:
        pools.setdefault((note.kind, str(note)), []).append(pool)
    for (kind, text), names in pools.items():
        subjects = tuple(dict.fromkeys(names))
        yield Note(kind, subjects, f"{what} ({', '.join(subjects)}): {text}")


def downtime_summary(plan: StackPlan) -> str:
    """Return which pools have downtime, for a while or for good."""
    kept = {pool.name for pool in plan.head.pools} if plan.head else set[str]()
    pools = [
        model.pool
        for model in plan.models
        if model.downtime and (model.change != "removed" or model.pool not in kept)
    ]
    if pools:
        return f"downtime in {listed(list(dict.fromkeys(pools)), 'pool')}"
    removed = any(model.change == "removed" for model in plan.models)
    return "no other downtime" if removed else "no downtime"


def downtime(model: ModelChange) -> str:
    """Return in a word whether a model is away for a while, or for good."""
    if not model.downtime:
        return "no"
    return "for good" if model.change == "removed" and not model.moves else "yes"


def live(plan: StackPlan) -> Iterator[str]:
    """Yield what the engine, looking at the cluster, would do otherwise; nothing if not asked."""
    if plan.live is None:
        return
    if not plan.live:
        yield "live: the engine would do the same"
    yield from (f"live: {difference}" for difference in plan.live)
