"""The steps from the running LocalAI to the stack, with their commands and the way back."""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from components.labels import POOL, ROLE
from components.network_policy import SERVER_ROLE
from gitops.adoption.imports import provider_urn
from gitops.adoption.journey import Journey, Step
from gitops.adoption.keeper import keeper
from gitops.adoption.pool import PoolDraft
from gitops.adoption.running import mapping, name_of
from gitops.adoption.weight_steps import keep_weights, measure


def steps(way: Journey) -> tuple[Step, ...]:
    """Return the steps, in order."""
    return (
        *measure(way), _look(way), *_forget(way), *keep_weights(way), *_import(way),
        *_park(way, first=True), _up(way), *_point(way), *_park(way, first=False), _back(way),
        _clean_up(way),
    )  # fmt: skip


def _look(way: Journey) -> Step:
    return Step(
        title="See what is declared",
        why="`check` names every fact that is still missing, with file and line",
        commands=(
            f"localai-gitops check {way.stack}",
            f"localai-gitops preview {way.stack} --base none",
        ),
    )


def _forget(way: Journey) -> Iterator[Step]:
    for pool in way.pools:
        if found := keeper(pool.workload.manifest, way.kubectl):
            yield Step(title=found.title, why=found.why, commands=found.commands)


def _park(way: Journey, *, first: bool) -> Iterator[Step]:
    """Yield the step that stops the old pods: before the new ones start, or once they serve."""
    commands = tuple(
        f"{way.kubectl} scale {pool.workload.title} --replicas=0"
        for pool in way.pools
        if pool.is_down_meanwhile == first
    )
    if not commands:
        return
    why = "one node at a time can hold their claim: downtime starts here, and ends with `up`"
    if not first:
        why = "the new pods serve by now: no downtime"
    yield Step(title="Park the old pods", why=why, commands=commands)


def _import(way: Journey) -> Iterator[Step]:
    yield Step(
        title="Make the engine's state, and its provider",
        why="an import needs the provider that the stack will use",
        commands=(
            f"pulumi stack init {way.stack}",
            f"pulumi up --stack {way.stack} --target {shlex.quote(provider_urn(way.stack))}",
        ),
    )
    if any(pool.services.taken for pool in way.pools):
        yield Step(
            title="Tell the engine which Services are there already",
            why="else the first `up` stops at them; an import changes nothing in the cluster. "
            "Where only the operator reaches the state, set `localai:claims: {adopt: true}` for "
            "the first run instead",
            commands=(
                f"pulumi import --stack {way.stack} --file {way.import_file} "
                "--protect=false --generate-code=false",
            ),
        )


def _up(way: Journey) -> Step:
    down = [pool.name for pool in way.pools if pool.is_down_meanwhile]
    why = "no downtime, where the nodes have room for the new pods beside the old ones"
    if down:
        ready = "weights and engines are on the claim and the pods are ready"
        why = f"downtime in {', '.join(down)} until {ready}"
    return Step(
        title="Apply the stack",
        why=f"{why}; the Services move once the new pods are ready",
        commands=(
            f"pulumi preview --stack {way.stack}  # a Service is updated, never replaced",
            f"pulumi up --stack {way.stack}",
        ),
    )


def _point(way: Journey) -> Iterator[Step]:
    commands = tuple(
        _selector(way, service, {POOL: pool.name, ROLE: SERVER_ROLE})
        for pool in way.pools
        for service in pool.services.pointed
    )
    if commands:
        yield Step(
            title="Point the other Services at the new pods",
            why="they stay yours: a stack declares Services of type ClusterIP with one port",
            commands=commands,
        )


def _selector(way: Journey, service: str, wanted: Mapping[str, Any]) -> str:
    # A patch of the whole mapping: a merge would keep the labels of the old pods.
    patch = [{"op": "replace", "path": "/spec/selector", "value": dict(wanted)}]
    text = shlex.quote(json.dumps(patch))
    return f"{way.kubectl} patch service {service} --type=json --patch={text}"


def _back(way: Journey) -> Step:
    commands = [
        f"{way.kubectl} scale {pool.workload.title} --replicas={pool.workload.replicas}"
        for pool in way.pools
    ]
    old = {name_of(one): mapping(one["spec"].get("selector")) for one in way.found.services}
    commands += [
        _selector(way, service, old[service])
        for pool in way.pools
        for service in (*pool.services.taken, *pool.services.pointed)
    ]
    parked = [f"set replicas of pool {pool.name} to 0 and apply" for pool in way.pools
              if pool.is_down_meanwhile]  # fmt: skip
    first = f"{' and '.join(parked)}, then: " if parked else ""
    return Step(
        title="The way back, at any moment",
        why=f"{first}the old pods start again and the Services lead to them",
        commands=tuple(commands),
    )


def _clean_up(way: Journey) -> Step:
    return Step(
        title="Once you trust the new pods",
        why="the old workloads are yours to delete; the claims are used and have to stay",
        commands=tuple(_deletions(way.kubectl, way.pools)),
    )


def _deletions(kubectl: str, pools: Iterable[PoolDraft]) -> Iterator[str]:
    for pool in pools:
        yield f"{kubectl} delete {pool.workload.title}"
