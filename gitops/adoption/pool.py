"""One workload as a pool of a stack: keys, claim, models, and what becomes of the rest."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from documents.quantity import amount
from gitops.adoption.entries import Entry, Sources, fetched_files, requested, sources
from gitops.adoption.given import Facts, Given
from gitops.adoption.gpus import Gpus, Profiles
from gitops.adoption.model import Draft, about_known, about_name, draft
from gitops.adoption.names import is_sent, model_name, model_names
from gitops.adoption.placement import Placement, about_pods, placement
from gitops.adoption.remark import Remark, changed, kept, lost, unknown
from gitops.adoption.running import Running, items, mapping
from gitops.adoption.services import Services, services_of
from gitops.adoption.workload import Workload
from localai.server import Server
from settings.pool.storage import Access

# Room for each engine in addition to the weights, at least in all, and for weights of unknown size.
_ENGINE_GIB, _ENGINES_GIB, _UNKNOWN_GIB = 8, 10, 100
_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Where a workload keeps its models; `name` is empty where no claim holds them.

    `below_root` is false where only a folder of the claim is mounted, so that the running pod
    cannot move files to where a pool looks for them.
    """

    name: str
    access: Access
    below_root: bool
    mount: str
    remarks: tuple[Remark, ...]

    def storage(self, weights: int | None, engines: int = 1) -> dict[str, Any]:
        """Return the `storage` of the pool; `weights` are their bytes, None if not known."""
        if self.name:
            access = {} if self.access is Access.ONE_NODE else {"access": self.access.value}
            return {"existing": self.name, **access}
        room = max(_ENGINES_GIB, _ENGINE_GIB * engines + 1)
        size = _UNKNOWN_GIB if weights is None else -(-weights // _GIB) + room
        return {"size": f"{size}Gi"}


def claim_of(workload: Workload, found: Running) -> Claim:
    """Return the claim that holds a workload's models."""
    mount = workload.mount_of(workload.models_folder)
    volume = workload.volume(str(mount.get("name", "")))
    name = str(mapping(volume.get("persistentVolumeClaim")).get("claimName") or "")
    manifest = found.claims.get(name)
    access, remarks = _access(name, manifest)
    return Claim(
        name=name,
        access=access,
        below_root=bool(name) and not mount.get("subPath") and not mount.get("subPathExpr"),
        mount=str(mount.get("mountPath", "")).rstrip("/"),
        remarks=(*remarks, *_others(workload, name)),
    )


def _access(name: str, manifest: Any) -> tuple[Access, tuple[Remark, ...]]:
    if not name:
        text = "no claim holds them today; the first `up` makes one and fetches them into it"
        return Access.ONE_NODE, (changed("weights", text),)
    modes = [str(mode) for mode in items(mapping(mapping(manifest).get("spec")).get("accessModes"))]
    subject = f"claim {name}"
    if Access.MANY_NODES.value in modes:
        return Access.MANY_NODES, (kept(subject, "many nodes may hold it; its data stays"),)
    remarks = [kept(subject, "one node at a time may hold it; its data stays")]
    if not modes:
        text, cure = "was not read, so one node at a time is assumed", "add storage.access"
        remarks.append(unknown(subject, text, cure))
    return Access.ONE_NODE, tuple(remarks)


def _others(workload: Workload, used: str) -> Iterator[Remark]:
    for mount in workload.mounts:
        volume = workload.volume(str(mount.get("name", "")))
        name = str(mapping(volume.get("persistentVolumeClaim")).get("claimName") or "")
        if name and name != used:
            text = f"at {mount.get('mountPath')} is not used any more; it stays as it is"
            yield changed(f"claim {name}", text)
    if workload.manifest["kind"] == "StatefulSet" and workload.replicas > 1:
        text = "the other pods have claims of their own, which are not used any more"
        yield changed("claims", text)


_MOST_CORES = 256


def cores(workload: Workload) -> int | None:
    """Return the whole cores of a server: its threads, else what its pod asks for."""
    threads = workload.variables.number("LOCALAI_THREADS")
    asked = threads or _asked(workload, "cpu")
    return min(ceil(asked), _MOST_CORES) if asked else None


def gibibytes(workload: Workload) -> str | None:
    """Return the memory of a server as a pool says it."""
    asked = _asked(workload, "memory")
    return f"{ceil(asked / 2**30)}Gi" if asked else None


def _asked(workload: Workload, name: str) -> Fraction | None:
    resources = mapping(workload.server.get("resources"))
    amounts = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    return amount(amounts.get(name))


@dataclass(frozen=True, kw_only=True)
class PoolDraft:
    """One pool: its name and keys, the workload it replaces, its models and what leads to it."""

    name: str
    workload: Workload
    keys: Mapping[str, Any]
    models: tuple[Draft, ...]
    claim: Claim
    services: Services
    gpus: Gpus | None
    remarks: tuple[Remark, ...]
    # The name of every model that its entries ask for, also of those that are lost.
    wanted: tuple[str, ...] = ()

    @property
    def is_down_meanwhile(self) -> bool:
        """Return whether the old pods have to stop before the new ones can start."""
        return bool(self.claim.name) and self.claim.access is Access.ONE_NODE


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the person who adopts says: GPU profile, further entries, facts, and kubectl.

    `known` are names of models that are defined already: their entries are not drafted.
    """

    server: Server
    gpu: str | None
    profiles: Profiles
    entries: tuple[Entry, ...]
    facts: Facts
    kubectl: str
    known: Collection[str] = ()


def pool_draft(name: str, workload: Workload, found: Running, wishes: Wishes) -> PoolDraft:
    """Return the pool that does what a workload does."""
    claim, services = claim_of(workload, found), services_of(workload, found)
    place = placement(workload, wishes.gpu, wishes.profiles)
    given_sources = sources(workload)
    asked, about_asked = requested(workload, wishes.kubectl)
    given = _given(workload, found, wishes, given_sources, place)
    entries = (*given_sources.entries, *asked, *wishes.entries)
    names = model_names(str(entry.keys.get("name") or "") for entry in entries)
    models, aliases, about_models = _models(entries, names, given, wishes.known)
    pods, about_number = _pods(workload, claim)
    keys = {
        "models": [model.name for model in models],
        "aliases": aliases,
        "replicas": pods,
        "cpu": cores(workload),
        "memory": gibibytes(workload),
        "active": _active(workload, len(models)),
        **place.keys,
        "storage": claim.storage(_weights(models), len({one.keys["backend"] for one in models})),
        "addresses": dict(services.taken),
    }
    remarks = (
        *about_number, *place.remarks, *claim.remarks, *services.remarks, *given_sources.remarks,
        *about_asked, *about_models, *about_pods(workload, wishes.server, place.profile),
    )  # fmt: skip
    return PoolDraft(
        name=name,
        workload=workload,
        keys={key: value for key, value in keys.items() if value not in (None, [], {})},
        models=models,
        claim=claim,
        services=services,
        gpus=place.gpus,
        remarks=remarks,
        wanted=tuple(dict.fromkeys(filter(None, names.values()))),
    )


def _given(
    workload: Workload, found: Running, wishes: Wishes, read: Sources, place: Placement
) -> Given:
    return Given(
        server=wishes.server,
        variables=workload.variables,
        templates=read.templates,
        fetched=fetched_files(workload),
        facts=wishes.facts,
        has_gpu=place.profile is not None,
        cpu=cores(workload) or 4,
        origin=f"{workload.title} in {found.namespace}",
    )


def _models(
    entries: Iterable[Entry], names: Mapping[str, str], given: Given, known: Collection[str]
) -> tuple[tuple[Draft, ...], dict[str, str], tuple[Remark, ...]]:
    drafts: dict[str, Draft] = {}
    aliases: dict[str, str] = {}
    remarks: list[Remark] = []
    for entry in entries:
        said = str(entry.keys.get("name") or "")
        sent = said if is_sent(said) else names[said]
        if entry.keys.get("alias"):
            target = str(entry.keys["alias"])
            aliases[sent] = names.get(target) or model_name(target)
            continue
        if names[said] in known:
            aliases |= {sent: names[said]} if sent != names[said] else {}
            remarks += about_name(said, names[said], entry)
            remarks += about_known(names[said], entry)
            continue
        made, about = draft(entry, given, names[said])
        remarks += about
        if made and made.name in drafts:
            text = f"stands in {entry.source} too; the first one is taken"
            remarks.append(lost(f"model {made.name}", text))
        elif made:
            drafts[made.name] = made
            aliases |= {sent: made.name} if sent != made.name else {}
            remarks.append(kept(f"model {made.name}", made.origin))
    right, wrong = _sorted_out(aliases, {*drafts, *known} & {*names.values()})
    return tuple(drafts.values()), right, (*remarks, *wrong)


def _sorted_out(
    aliases: Mapping[str, str], drafts: Collection[str]
) -> tuple[dict[str, str], tuple[Remark, ...]]:
    right = {one: to for one, to in aliases.items() if to in drafts and one not in drafts}
    kept_ones = (kept(f"alias {one}", f"means {to}") for one, to in right.items())
    wrong = (
        lost(f"alias {one}", f"means {to}, which is not taken over")
        for one, to in aliases.items()
        if one not in right
    )
    return right, (*kept_ones, *wrong)


def _pods(workload: Workload, claim: Claim) -> tuple[int | None, tuple[Remark, ...]]:
    subject, wanted = f"{workload.title}, replicas", workload.replicas
    if wanted > 1 and claim.access is Access.ONE_NODE:
        text = f"{wanted} becomes 1; one node at a time can hold its claim"
        return None, (changed(subject, text, "use a claim that many nodes may hold"),)
    return (wanted if wanted != 1 else None), (kept(subject, str(wanted)),)


def _active(workload: Workload, models: int) -> int | None:
    most = workload.variables.number("LOCALAI_MAX_ACTIVE_BACKENDS")
    if workload.variables.is_on("LOCALAI_SINGLE_ACTIVE_BACKEND"):
        most = 1
    return most if most and most < models else None


def _weights(models: Iterable[Draft]) -> int | None:
    sizes = list(_sizes(models))
    return None if None in sizes else sum(size for size in sizes if size)


def _sizes(models: Iterable[Draft]) -> Iterator[int | None]:
    for model in models:
        for file in model.files:
            yield file.keys.get("size")
