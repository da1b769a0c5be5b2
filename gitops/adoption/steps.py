"""The steps from the running LocalAI to the stack, with their commands and the way back."""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.engine.component import TOKEN
from components.engine.declaration import urns
from components.network.policies import SERVER_ROLE
from components.parts.labels import POOL
from components.parts.part import Part
from components.parts.roles import ROLE
from components.server.local_ai import Addresses, component_name, part_name
from gitops.adoption.given import measuring
from gitops.adoption.pool import PoolDraft
from gitops.adoption.running import Manifest, Running, annotations, labels, mapping, name_of
from settings.config import PROJECT

_RELEASE = "meta.helm.sh/release-name"
_ARGO_LABEL, _ARGO_NOTE = "argocd.argoproj.io/instance", "argocd.argoproj.io/tracking-id"
_FLUX = ("helm.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/name")


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """A tool that holds on to a workload, and how to make it let go without losing data."""

    title: str
    why: str
    commands: tuple[str, ...]


def keeper(manifest: Manifest, kubectl: str) -> Keeper | None:
    """Return the tool that would undo a change of a workload, as its metadata tells; or None."""
    return next(_keepers(manifest, kubectl), None)


def _keepers(manifest: Manifest, kubectl: str) -> Iterator[Keeper]:
    notes, marks = annotations(manifest), labels(manifest)
    argo = marks.get(_ARGO_LABEL) or notes.get(_ARGO_NOTE, "").partition(":")[0]
    if argo:
        yield Keeper(
            title=f"Let Argo CD's Application {argo} go",
            why="it would undo the next steps; without the cascade its objects stay",
            commands=(f"argocd app delete {shlex.quote(argo)} --cascade=false",),
        )
    for mark in _FLUX:
        if mark in marks:
            yield Keeper(
                title=f"Let Flux's {marks[mark]} go",
                why="it would undo the next steps; suspended, it deletes nothing",
                commands=("flux suspend --help  # for its kind: helmrelease or kustomization",),
            )
    if notes.get(_RELEASE):
        selector = f"owner=helm,name={notes[_RELEASE]}"
        yield Keeper(
            title=f"Make Helm forget the release {notes[_RELEASE]}; do not uninstall it",
            why="`helm uninstall` would delete the Service and the claim with its data; without "
            "its records Helm knows nothing of them",
            commands=(f"{kubectl} delete secret --selector {shlex.quote(selector)}",),
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what it does and why, and the commands that do it."""

    title: str
    why: str
    commands: tuple[str, ...]
    # The pools that serve nothing until it is done.
    down: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Journey:
    """What the steps speak of: the stack, its import file, kubectl with its options, the pools."""

    stack: str
    import_file: str
    adopt: str
    kubectl: str
    found: Running
    pools: tuple[PoolDraft, ...]


def measure(way: Journey) -> Iterator[Step]:
    """Yield the step that asks running servers for digests and sizes that no file has yet."""
    commands = [
        measuring(files, kubectl=way.kubectl, workload=pool.workload.title,
                  folder=pool.workload.models_folder).replace(" > ", " >> ")
        for pool in way.pools
        if (files := sorted(_unmeasured(pool)))
    ]  # fmt: skip
    if commands:
        yield Step(
            title="Ask the running server for the facts that only it knows",
            why="digest and size of each file; nothing is changed there",
            commands=(*commands, f"{way.adopt} --facts facts.txt --force"),
        )


def _unmeasured(pool: PoolDraft) -> Iterator[str]:
    for model in pool.models:
        for file in model.files:
            if {"sha256", "size"} & set(file.missing):
                yield file.path


def keep_weights(way: Journey) -> Iterator[Step]:
    """Yield the step that gives files on a claim the names under which a pool looks for them."""
    commands = [command for pool in way.pools for command in _links(way, pool)]
    if commands:
        yield Step(
            title="Let the new pods find the weights that are there (saves fetching them)",
            why="a second name for each file, where a pool looks for it; it takes no space",
            commands=tuple(commands),
        )


def _links(way: Journey, pool: PoolDraft) -> Iterator[str]:
    if not pool.claim.below_root:
        return
    links: list[str] = []
    for file in (file for model in pool.models for file in model.files):
        if not file.missing:
            folder = f"{pool.claim.mount}/models/weights/{file.keys['sha256']}"
            old = shlex.quote(f"{pool.workload.models_folder}/{file.path}")
            new = shlex.quote(f"{folder}/{file.keys['file']}")
            links.append(f"mkdir -p {shlex.quote(folder)} && ln -f {old} {new}")
    if links:
        script = shlex.quote(" && ".join(links))
        yield f"{way.kubectl} exec {pool.workload.title} -- sh -c {script}"


# As components/engine/component.py names it.
PROVIDER = "cluster"
_SERVICE = "kubernetes:core/v1:Service"


def import_list(namespace: str, stack: str, pools: Iterable[PoolDraft]) -> dict[str, Any]:
    """Return what `pulumi import --file` reads: each Service below its component."""
    resources: list[dict[str, Any]] = []
    for pool in pools:
        parent = component_name(pool.name)
        if pool.services.taken:
            resources.append({"type": Addresses.token, "name": parent, "component": True})
        resources += [
            {
                "type": _SERVICE,
                "name": part_name(parent, service),
                "id": f"{namespace}/{service}",
                "parent": parent,
                "provider": PROVIDER,
            }
            for service in pool.services.taken
        ]
    return {"nameTable": {PROVIDER: provider_urn(stack)}, "resources": resources}


def provider_urn(stack: str) -> str:
    """Return the URN of a stack's provider, which has to exist before an import."""
    part = Part(name=PROVIDER, token=TOKEN)
    return urns([part], project=PROJECT, stack=stack)[PROVIDER]


def steps(way: Journey) -> tuple[Step, ...]:
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
    down = tuple(pool.name for pool in way.pools if pool.is_down_meanwhile)
    why = "no downtime, where the nodes have room for the new pods beside the old ones"
    if down:
        ready = "weights and engines are on the claim and the pods are ready"
        why = f"downtime in {', '.join(down)} until {ready}"
    return Step(
        title="Apply the stack",
        down=down,
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
