"""A plan as JSON: the schema is docs/reference/plan.schema.json."""

from typing import Any

from documents.problem import Problem, key
from gitops.planning.cost import Cost
from gitops.planning.models import ModelChange
from gitops.planning.note import Note
from gitops.planning.objects import ObjectChange
from gitops.planning.output import words
from gitops.planning.plan import ClusterPlan, Plan, StackPlan
from gitops.planning.pods import Rollout
from gitops.planning.rendering.rendering import PoolRecord

VERSION = 4


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values."""
    return {
        "version": VERSION,
        "base": plan.base,
        "problems": [_problem(one) for one in plan.problems],
        "cost_change": words.sums(plan) if plan.compared else "",
        "stacks": [_stack(stack) for stack in plan.stacks],
        "clusters": [_cluster(cluster) for cluster in plan.clusters],
    }


def _cluster(plan: ClusterPlan) -> dict[str, Any]:
    return {
        "cluster": plan.cluster,
        "summary": words.cluster_verdict(plan),
        "notes": [_note(one) for one in plan.notes],
        "objects": [_object(change) for change in plan.objects],
    }


def _stack(plan: StackPlan) -> dict[str, Any]:
    return {
        "stack": plan.stack,
        "summary": words.verdict(plan),
        "release": plan.head.release.digest if plan.head and plan.head.release else None,
        "refusals": [_note(one) for one in plan.refusals],
        "notes": [_note(one) for one in plan.notes],
        "pools": [_pool(pool) for pool in (plan.head.pools if plan.head else ())],
        "models": [_model(model) for model in plan.models],
        "explanations": [_note(one) for one in words.explanations(plan)],
        "objects": [_object(change) for change in plan.objects],
        "cost_before": _cost(plan.cost_before),
        "cost": _cost(plan.cost),
        "rollouts": [_rollout(one) for one in plan.rollouts],
        "held": plan.held,
        "live": None if plan.live is None else [_note(one) for one in plan.live],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "place": problem.place,
        "key": key(problem.path),
        "cause": problem.cause,
        "cure": problem.cure,
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "pods": cost.pods,
        "gpus": cost.gpus,
        "memory_bytes": cost.memory,
        "dollars_per_hour": str(cost.dollars),
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "kind": note.kind.value,
        "subjects": list(note.subjects),
        "text": note.text,
        "cure": note.cure,
    }


def _pool(pool: PoolRecord) -> dict[str, Any]:
    return {
        "name": pool.name,
        "replicas": pool.replicas,
        "gpu": pool.gpu,
        "gpus": pool.gpus,
        "price_per_hour": pool.price,
        "fit": pool.fit.verdict,
        "needed_bytes": pool.fit.needed,
        "available_bytes": pool.fit.available,
        "exact": pool.fit.exact,
        **_growth(pool),
        "runs_on": words.runs_on(pool),
        "pods": words.pods(pool),
        "memory": words.memory(pool),
        "price": words.price(pool),
        "serves": words.served(pool),
    }


def _growth(pool: PoolRecord) -> dict[str, Any]:
    """Return how far a pool shrinks, and by what, where its number of pods is not fixed."""
    scaling = pool.scaling
    return {
        "min_replicas": scaling.least if scaling else pool.replicas,
        "min_price_per_hour": scaling.least_price if scaling else pool.price,
        "scales_by": scaling.target if scaling else None,
        "warm_up_seconds": scaling.warm_up if scaling else None,
    }


def _model(model: ModelChange) -> dict[str, Any]:
    return {
        "name": model.name,
        "pool": model.pool,
        "alias": model.alias,
        "moves": model.moves or None,
        "change": model.change.value,
        "reasons": [_note(one) for one in model.reasons],
        "restart": model.restart,
        "downtime": _note(model.downtime) if model.downtime else None,
        "download_bytes": model.download_bytes,
        "exact": model.exact,
        "license": model.license,
        "gpu": model.gpu,
        "fit": model.fit,
        "way_back": _note(model.way_back) if model.way_back else None,
    }


def _rollout(rollout: Rollout) -> dict[str, Any]:
    return {
        "pool": rollout.pool,
        "workers": rollout.workers,
        "pods": rollout.pods,
        "at_once": rollout.at_once,
        "new_first": rollout.new_first,
        "ending_seconds": rollout.ending,
        "starting_seconds": rollout.starting,
        "seconds": rollout.seconds,
    }


def _object(change: ObjectChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "namespace": change.namespace,
        "name": change.name,
        "change": change.change.value,
        "fate": words.fate(change),
        "forcing": list(change.forcing),
        "fields": [
            {"path": field.path, "old": field.old, "new": field.new} for field in change.fields
        ],
    }
