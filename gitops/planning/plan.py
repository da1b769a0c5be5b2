"""The plan: what each stack declares, and what a change does to it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from documents.problem import Problem
from gitops.planning.cost import NOTHING, Cost, cost
from gitops.planning.models import (
    ModelChange,
    ModelChangeKind,
    downloads,
    model_changes,
    with_moves,
)
from gitops.planning.note import BESIDE_OBJECTS, Kind, Note, Notes
from gitops.planning.notes.anythingllm import application_notes
from gitops.planning.notes.claims import claim_notes
from gitops.planning.notes.engines import engine_notes
from gitops.planning.notes.exclusive import exclusive_notes
from gitops.planning.notes.growth import growth_notes
from gitops.planning.notes.quota import quota_notes
from gitops.planning.notes.registry import registry_notes
from gitops.planning.notes.rotation import rotation_notes
from gitops.planning.notes.routing import routing_notes
from gitops.planning.notes.sources import source_notes
from gitops.planning.notes.stack import adopt_notes, release_notes, size_notes, stack_notes
from gitops.planning.objects import Change, ObjectChange, left_behind, object_changes
from gitops.planning.pods import Rollout, Undo, pod_change, rollouts
from gitops.planning.printable import counted
from gitops.planning.refusals import refusals
from gitops.planning.rendering.rendering import PoolRecord, Rendering
from gitops.planning.served import served_changes, served_rollouts
from gitops.planning.way_back import deletion, undo

# In the order in which a plan shows them.
NOTES: tuple[Notes, ...] = (
    release_notes, stack_notes, source_notes, claim_notes, engine_notes, rotation_notes,
    growth_notes, quota_notes, routing_notes, registry_notes, application_notes, exclusive_notes,
    adopt_notes, size_notes,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StackPlan:
    """One stack: what it declares now, and what changes; `head` is None where its file is gone."""

    stack: str
    head: Rendering | None
    refusals: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    models: tuple[ModelChange, ...] = ()
    objects: tuple[ObjectChange, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    cost_before: Cost = NOTHING
    cost: Cost = NOTHING
    # The commit that the cluster stays at, whatever changes here.
    held: str | None = None
    # What the engine would do otherwise; None where it was not asked.
    live: tuple[Note, ...] | None = None

    @property
    def beside(self) -> bool:
        """Return whether something changes that no object shows."""
        return any(note.kind in BESIDE_OBJECTS for note in self.notes)

    @property
    def download_bytes(self) -> int:
        """Return the bytes that are fetched, each file of a claim once."""
        return sum(model.download_bytes for model in self.models)

    @property
    def changed_models(self) -> tuple[ModelChange, ...]:
        """Return the models that change, or restart or are away because of others."""
        return tuple(
            model
            for model in self.models
            if model.change is not ModelChangeKind.UNCHANGED or model.restart or model.downtime
        )


@dataclass(frozen=True, kw_only=True)
class ClusterPlan:
    """What one cluster pulls, less the objects of stacks; not `there` once its file is gone."""

    cluster: str
    there: bool = True
    notes: tuple[Note, ...] = ()
    objects: tuple[ObjectChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Every stack and cluster against one base; `base` says in words which."""

    base: str
    compared: bool
    stacks: tuple[StackPlan, ...]
    clusters: tuple[ClusterPlan, ...] = ()
    # What keeps stacks from being shown at all.
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> bool:
        """Return whether any stack refuses the change."""
        return any(stack.refusals for stack in self.stacks)

    @property
    def differs(self) -> bool:
        """Return whether any stack or cluster changes."""
        clusters = any(one.objects or not one.there for one in self.clusters)
        return clusters or any(
            stack.objects or stack.refusals or stack.beside or stack.head is None
            for stack in self.stacks
        )


def stack_plan(base: Rendering | None, head: Rendering) -> StackPlan:
    """Return the plan of one stack; without a base, everything is new."""
    objects = object_changes(base, head)
    back = undo(base, head)
    return StackPlan(
        stack=head.stack,
        head=head,
        refusals=refusals(base, head, objects),
        notes=tuple(note for writer in NOTES for note in writer(base, head, objects)),
        models=(*_models(base, head, objects, back), *served_changes(base, head, back)),
        objects=objects,
        rollouts=(*rollouts(base, head), *served_rollouts(base, head)),
        cost_before=cost(base),
        cost=cost(head),
    )


def removed_stack(base: Rendering) -> StackPlan:
    """Return the plan of a stack whose file is gone: nothing is deleted by that, all is left."""
    served = sum(len(pool.models) for pool in base.pools) + len(base.served)
    text = (
        f"Pulumi.{base.stack}.yaml was deleted; its objects stay in namespace {base.namespace} of "
        f"cluster {base.cluster}, with {counted(served, 'model')} in "
        f"{counted(len(base.pools), 'pool')} that go on running, and drift is no longer corrected"
    )
    note = Note(Kind.STACK_DELETED, (base.stack,), text, deletion(base))
    running = cost(base)
    return StackPlan(
        stack=base.stack, head=None, notes=(note,), objects=left_behind(base),
        cost_before=running, cost=running,
    )  # fmt: skip


def renamed_stack(plan: StackPlan, gone: Iterable[Rendering]) -> StackPlan:
    """Return the plan, refused if a stack that is gone still owns what it would create."""
    head = plan.head
    for old in gone:
        if head and (old.cluster, old.namespace) == (head.cluster, head.namespace):
            refusal = Note(
                Kind.NAMESPACE_TAKEN,
                (head.namespace,),
                f"namespace {head.namespace} of cluster {head.cluster} belongs to stack "
                f"{old.stack}, whose file was deleted but whose objects were not",
                "keep the name of the file, or take another namespace",
            )
            return replace(plan, refusals=(*plan.refusals, refusal))
    return plan


def _models(
    base: Rendering | None, head: Rendering, objects: tuple[ObjectChange, ...], back: Undo
) -> tuple[ModelChange, ...]:
    olds, news = _pools(base), _pools(head)
    # A claim that is replaced keeps its name and starts empty.
    lost = {
        change.name for change in objects if change.retained and change.change is Change.REPLACE
    }
    missing = downloads(base, head, lost)
    changes: list[ModelChange] = []
    for name in [*news, *(name for name in olds if name not in news)]:
        pods = replace(pod_change(base, head, name), undo=back)
        changes += model_changes(olds.get(name), news.get(name), pods, missing)
    return with_moves(changes)


def _pools(rendering: Rendering | None) -> dict[str, PoolRecord]:
    return {pool.name: pool for pool in rendering.pools} if rendering else {}
