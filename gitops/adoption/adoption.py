"""The use case: the running LocalAI of a namespace as files of a stack, a report and steps."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from documents.problem import key
from gitops.adoption.entries import Entry, mounted
from gitops.adoption.given import Facts
from gitops.adoption.gpus import Profiles
from gitops.adoption.names import pool_names
from gitops.adoption.outdated import faults
from gitops.adoption.pool import PoolDraft, Wishes, pool_draft
from gitops.adoption.remark import Fate, Remark, changed, kept, lost
from gitops.adoption.running import Running
from gitops.adoption.services import Keys, about_autoscalers, about_ingresses, keys_of
from gitops.adoption.steps import Journey, Step, import_list, steps
from gitops.adoption.trial import refusals
from gitops.adoption.workload import Workload, workloads
from gitops.adoption.yaml_text import yaml_text
from localai.release import parse
from localai.server import SERVERS, Server

# An image may be any text, and Python reads no number of thousands of digits.
_TAG = re.compile(r":v?([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(?=[-@]|\Z)")


def nearest(image: str) -> tuple[Server, Remark]:
    """Return the known version nearest to an image's, never an older one if there is a choice.

    An image without a version, such as `latest`, is taken to be the newest.
    """
    found = _TAG.search(image)
    newest = list(SERVERS.values())[-1]
    if not image:
        return newest, changed("server", f"LocalAI {newest.version}, the newest known")
    if not found:
        text = f"{image} names no version; LocalAI {newest.version} is the newest known"
        return newest, changed("server", text)
    version = (int(found[1]), int(found[2]), int(found[3]))
    server = next((one for one in SERVERS.values() if parse(one.version) >= version), newest)
    running = "v" + ".".join(map(str, version))
    if parse(server.version) == version:
        return server, kept("server", f"LocalAI {running}")
    text = f"LocalAI {running} becomes {server.version}, the nearest version that is known here"
    older = " (older)" if parse(server.version) < version else ""
    return server, changed("server", text + older, "read the release notes between the two")


_STACK_SCHEMA = "yaml-language-server: $schema=docs/reference/stack.schema.json"
_MODEL_SCHEMA = "yaml-language-server: $schema=../docs/reference/model.schema.json"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person asks for; `adopt` and `kubectl` are the commands as that person types them."""

    stack: str
    cluster: str
    gpu: str | None
    profiles: Profiles
    named: tuple[str, ...]
    clients: tuple[str, ...]
    entries: tuple[Entry, ...]
    facts: Facts
    adopt: str
    kubectl: str


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """Files by their path below the checkout, what becomes of each thing, and the steps."""

    stack: str
    namespace: str
    files: Mapping[str, str]
    remarks: tuple[Remark, ...]
    steps: tuple[Step, ...]
    # What was read instead of a namespace: a file, and of which form it is.
    source: str = ""

    def of(self, fate: Fate) -> tuple[Remark, ...]:
        """Return the remarks of one fate, each once."""
        return tuple(dict.fromkeys(one for one in self.remarks if one.fate is fate))


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What workloads would be: server, a draft of each pool, their keys, and remarks."""

    server: Server
    drafts: tuple[PoolDraft, ...]
    keys: tuple[Keys, ...]
    remarks: tuple[Remark, ...]


def drafted(found: Running, request: Request, known: Collection[str] = ()) -> Drafted:
    """Return drafts of what runs; `known` are names of models that are defined already.

    Raises:
        RefusedError: nothing there runs LocalAI, or a workload takes GPUs of a kind that nothing
            tells.
    """
    every = workloads(found, request.named)
    server, about_server = _server(every)
    wishes = Wishes(
        server=server, gpu=request.gpu, profiles=request.profiles, entries=request.entries,
        facts=request.facts, kubectl=request.kubectl, known=known,
    )  # fmt: skip
    names = pool_names(every, found.names)
    drafts = tuple(pool_draft(names[one.name], one, found, wishes) for one in every)
    keys = tuple(keys_of(one) for one in every)
    remarks = [*about_server, *(remark for one in keys for remark in one.remarks)]
    remarks += [remark for pool in drafts for remark in pool.remarks]
    remarks += [_callers(request)]
    remarks += [*about_autoscalers(found, every), *about_ingresses(found, request.clients)]
    return Drafted(server=server, drafts=drafts, keys=keys, remarks=tuple(remarks))


def adoption(found: Running, request: Request) -> Adoption:
    """Return what a namespace would be as a stack; without files where no model is left.

    Raises:
        RefusedError: nothing there runs LocalAI, or a workload takes GPUs of a kind that nothing
            tells.
    """
    made = drafted(found, request)
    pools = tuple(pool for pool in made.drafts if pool.models)
    remarks = [*_faults(made), *made.remarks, *_without_models(made.drafts), *_twins(pools)]
    files = _files(found, request, made, pools) if pools else {}
    remarks += refusals(request.stack, files, request.profiles)
    journey = Journey(
        stack=request.stack, import_file=import_file(request.stack), adopt=request.adopt,
        kubectl=request.kubectl, found=found, pools=pools,
    )  # fmt: skip
    return Adoption(
        stack=request.stack,
        namespace=found.namespace,
        files=files,
        remarks=tuple(remarks),
        steps=steps(journey) if pools else (),
    )


def _faults(made: Drafted) -> Iterator[Remark]:
    """Yield what the server of the stack would not read of what the workloads say."""
    for pool in made.drafts:
        title = pool.workload.title
        yield from faults(
            pool.workload.pod, made.server, lambda path, at=title: f"{at}, {key(path)}"
        )
        for name in mounted(pool.workload):
            data = pool.workload.config_maps[name].get("data")
            at = f"ConfigMap {name}"
            yield from faults(data, made.server, lambda path, at=at: f"{at}, {key(path)}")


def import_file(stack: str) -> str:
    """Return the name of a stack's import list."""
    return f"{stack}.import.json"


def _server(every: Iterable[Workload]) -> tuple[Server, tuple[Remark, ...]]:
    found = [nearest(one.image) for one in every]
    newest = max((server for server, _ in found), key=lambda one: parse(one.version))
    return newest, tuple(remark for _, remark in found)


def _files(
    found: Running, request: Request, made: Drafted, pools: tuple[PoolDraft, ...]
) -> dict[str, str]:
    origin = f"Adopted from {', '.join(one.workload.title for one in pools)} in {found.namespace}."
    pool_keys = {pool.name: pool.keys for pool in pools}
    files = {
        f"Pulumi.{request.stack}.yaml": stack_text(found, request, made, pool_keys, origin),
    }
    for model in (model for pool in pools for model in pool.models):
        files.setdefault(f"models/{model.name}.yaml", model_text(model.keys))
    imported = import_list(found.namespace, request.stack, pools)
    files[import_file(request.stack)] = json.dumps(imported, indent=2) + "\n"
    return files


def model_text(keys: Mapping[str, Any]) -> str:
    """Return the text of a model file."""
    return yaml_text(keys, _MODEL_SCHEMA)


def stack_text(
    found: Running,
    request: Request,
    made: Drafted,
    pools: Mapping[str, Mapping[str, Any]],
    origin: str,
) -> str:
    """Return the text of a stack file with pools of these keys; `origin` is its first comment."""
    said = _stack(found, request, made.server, made.keys)
    config: dict[str, Any] = {f"localai:{one}": value for one, value in said.items() if value}
    config["localai:pools"] = {name: dict(keys) for name, keys in pools.items()}
    return yaml_text({"config": config}, _STACK_SCHEMA, origin)


def _stack(
    found: Running, request: Request, server: Server, keys: tuple[Keys, ...]
) -> dict[str, Any]:
    api_key = next((one.api_key for one in keys if one.api_key), None)
    token = next((one.hub_token for one in keys if one.hub_token), None)
    return {
        "namespace": found.namespace,
        "cluster": request.cluster,
        "server": {"version": server.version},
        "apiKey": {"secret": api_key.secret, "key": api_key.key} if api_key else None,
        "hubToken": {"secret": token.secret, "key": token.key} if token else None,
        "network": {"clients": list(request.clients)} if request.clients else None,
    }


def _without_models(drafts: Iterable[PoolDraft]) -> Iterator[Remark]:
    for pool in drafts:
        if not pool.models:
            text = "no model of it can be taken over, so it is no pool, and stays as it is"
            yield lost(pool.workload.title, text, "name its model files with --models")


def _twins(pools: Iterable[PoolDraft]) -> Iterator[Remark]:
    """Yield models of one name that two workloads define differently."""
    first: dict[str, Mapping[str, Any]] = {}
    for pool in pools:
        for model in pool.models:
            keys = {key: value for key, value in model.keys.items() if key != "description"}
            if first.setdefault(model.name, keys) != keys:
                text = f"is defined differently in {pool.workload.title}; the first one is taken"
                yield lost(f"model {model.name}", text)


def _callers(request: Request) -> Remark:
    admitted = ", ".join(("its own", *request.clients))
    text = f"only pods of these namespaces may call the new pods: {admitted}"
    return changed("network", text, "name others, an ingress controller's too, with --client")
