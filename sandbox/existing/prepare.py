"""What a cluster offers and what declared objects ask of it, read through its API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from documents.problem import RefusedError
from gitops.planning.checkout import declared
from gitops.validation.custom_resources.sources import SOURCES, Source
from gitops.validation.schemas.schemas import VERSIONS
from sandbox.cluster.nodes import DEFAULT_CLASS as DEFAULT_MARK
from sandbox.cluster.waiting import wait_until
from sandbox.existing.client import Client, ContextError, ForbiddenError

Object = Mapping[str, Any]

DEFAULT_CLASS = ""
"""Stands for the storage class that claims get which name none."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Names a cluster must know; `secrets` as `namespace/name`, `devices` as resources."""

    namespaces: frozenset[str]
    devices: frozenset[str]
    classes: frozenset[str]
    secrets: frozenset[str]


def declared_objects(root: Path) -> list[Object]:
    """Return every object that the stacks of a checkout declare; raises ContextError."""
    try:
        renderings = declared(root, ())
    except RefusedError as error:
        raise ContextError(
            f"The stacks in {root} are not valid ({error.problems[0].cause})",
            "Mend them as `check` says, or start this in a checkout",
        ) from error
    parts = (part for rendering in renderings for part in rendering.parts)
    return [part.object for part in parts if part.object is not None]


def needs(objects: Iterable[Object]) -> Needs:
    """Return what objects need beside themselves."""
    every = list(objects)
    made = {full_name(one) for one in every if one["kind"] == "Secret"}
    return Needs(
        namespaces=frozenset(filter(None, (namespace_of(one) for one in every))),
        devices=frozenset(device for one in every for device in devices(one)),
        classes=frozenset(
            one["spec"].get("storageClassName") or DEFAULT_CLASS
            for one in every
            if one["kind"] == "PersistentVolumeClaim"
        ),
        secrets=frozenset(name for one in every for name in secrets(one)) - made,
    )


def namespace_of(one: Object) -> str:
    """Return the namespace that an object names, or nothing."""
    return str(one["metadata"].get("namespace", ""))


def full_name(one: Object) -> str:
    """Return an object's namespace and name."""
    return f"{namespace_of(one)}/{one['metadata']['name']}"


def devices(one: Object) -> Iterator[str]:
    """Yield the resources of device plugins that the containers in an object ask for."""
    for limits in found(one, "limits"):
        yield from (name for name in limits if "/" in name)


def secrets(one: Object) -> Iterator[str]:
    """Yield the Secrets that the containers in an object read keys of."""
    for key in found(one, "secretKeyRef"):
        if not key.get("optional"):
            yield f"{namespace_of(one)}/{key['name']}"


def found(node: object, key: str) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping that stands under a key, however deep."""
    if isinstance(node, list):
        for one in cast("list[object]", node):
            yield from found(one, key)
    if isinstance(node, Mapping):
        for name, value in cast("Mapping[str, object]", node).items():
            if name == key and isinstance(value, Mapping):
                yield cast("Mapping[str, Any]", value)
            else:
                yield from found(value, key)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is there, by name; the default storage class has its own name and `DEFAULT_CLASS`.

    What the user may not see is None.
    """

    version: str
    namespaces: frozenset[str] | None
    definitions: frozenset[str] | None
    devices: frozenset[str] | None
    classes: frozenset[str] | None
    secrets: frozenset[str]


def facts(client: Client, needs: Needs) -> Facts:
    """Return what the cluster of a context offers; raises ContextError when it does not answer."""
    version = client.read("version")["serverVersion"]["gitVersion"]
    nodes, classes = items(client, "nodes"), items(client, "storageclasses")
    return Facts(
        version=str(version),
        namespaces=names(items(client, "namespaces")),
        definitions=names(items(client, "customresourcedefinitions")),
        devices=None if nodes is None else frozenset(offered(nodes)),
        classes=None if classes is None else frozenset(storage_classes(classes)),
        secrets=frozenset(name for name in needs.secrets if has_secret(client, name)),
    )


def items(client: Client, kind: str) -> list[Any] | None:
    """Return all objects of a kind, or None when the user may not list them."""
    try:
        return client.read("get", kind)["items"]
    except ForbiddenError:
        return None


def names(objects: list[Any] | None) -> frozenset[str] | None:
    """Return the names of objects."""
    return None if objects is None else frozenset(one["metadata"]["name"] for one in objects)


def offered(nodes: list[Any]) -> set[str]:
    """Return the resources of device plugins of which some node has at least one."""
    return {
        name
        for node in nodes
        for name, amount in node["status"].get("allocatable", {}).items()
        if "/" in name and amount != "0"
    }


def storage_classes(classes: list[Any]) -> set[str]:
    """Return the names of storage classes, with `DEFAULT_CLASS` when one is the default."""
    marks = (one["metadata"].get("annotations", {}).get(DEFAULT_MARK) for one in classes)
    default = {DEFAULT_CLASS} if "true" in marks else set[str]()
    return {one["metadata"]["name"] for one in classes} | default


def has_secret(client: Client, name: str) -> bool:
    """Tell whether a Secret exists, without reading it; False as well when nobody may tell."""
    namespace, _, secret = name.partition("/")
    try:
        options = (f"--namespace={namespace}", "--ignore-not-found", "--output=name")
        return bool(client.run("get", "secret", secret, *options).strip())
    except ForbiddenError:
        return False


def lacks(needs: Needs, facts: Facts) -> Iterator[str]:
    """Yield a sentence for each thing that is missing."""
    yield from too_old(facts.version)
    if facts.devices is None:
        yield "the right to list nodes: whether there are GPUs is not known"
    else:
        for device in sorted(needs.devices - facts.devices):
            yield f"{device}: no node offers it, so pods wait; add nodes with its device plugin"
    if facts.classes is None:
        yield "the right to list storage classes: whether claims are served is not known"
    else:
        for name in sorted(needs.classes - facts.classes):
            word = f"storage class {name}" if name != DEFAULT_CLASS else "a default storage class"
            yield f"{word}: claims stay pending; install a storage driver and its class"
    for secret in sorted(needs.secrets - facts.secrets):
        yield f"secret {secret}: pods that read it do not start; create it"


def too_old(version: str) -> Iterator[str]:
    """Yield a sentence when a cluster is older than the oldest that we support."""
    numbers = version.removeprefix("v").split(".")[:2]
    if [int(number) for number in numbers] < [int(number) for number in VERSIONS[0].split(".")]:
        yield f"Kubernetes {VERSIONS[0]}: this is {version}, and objects may be refused; upgrade it"


# What the namespaces of stacks are meant for; see docs/decisions/0007-pod-security.md.
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
ARGO_CD = "argocd"
CREATED, REFUSED = "created", "refused"


def prepare(client: Client, objects: Iterable[Object]) -> tuple[str, bool]:
    """Add definitions and namespaces, and return a report and whether nothing was refused.

    Raises ContextError when the cluster does not answer.
    """
    wanted = needs(objects)
    there = facts(client, wanted)
    lines = [
        f"context     {client.context}, Kubernetes {there.version}",
        *definitions(client, there),
        *namespaces(client, wanted.namespaces, there),
        *(f"missing     {lack}" for lack in lacks(wanted, there)),
    ]
    return "\n".join(lines), not any(line.startswith(REFUSED) for line in lines)


def definitions(client: Client, there: Facts) -> list[str]:
    """Create the definitions that the cluster does not have, and return a line on each.

    One that is there belongs to its own project's installation, and stays as it is.
    """
    known = there.definitions or frozenset()
    lacking = [source for source in SOURCES if definition(source) not in known]
    lines = [
        create(client, f"definition {definition(source)}", f"--filename={source.path}")
        for source in lacking
    ]
    made = [one for one, line in zip(lacking, lines, strict=True) if line.startswith(CREATED)]
    if made:
        names = [f"customresourcedefinition/{definition(source)}" for source in made]
        # kubectl does not wait for one that is so new that it has no conditions yet.
        wait_until(lambda: are_established(client, names), "The definitions were not established")
        lines.append("missing     controllers for these: a definition alone does nothing")
    if len(lacking) < len(SOURCES):
        lines.append(f"present     {len(SOURCES) - len(lacking)} definitions, left as they are")
    return lines


def are_established(client: Client, names: Sequence[str]) -> bool:
    """Return once all definitions can be used; not where one is too new to be waited for."""
    try:
        client.run("wait", "--for=condition=Established", "--timeout=30s", *names)
    except ContextError as error:
        if ".status.conditions accessor error" in str(error):
            return False
        raise
    return True


def definition(source: Source) -> str:
    """Return the name of a definition in the cluster."""
    return f"{source.plural}.{source.group}"


def namespaces(client: Client, wanted: Iterable[str], there: Facts) -> Iterator[str]:
    """Create the namespaces that the cluster does not have, and yield a line on each."""
    for name in sorted(wanted):
        if there.namespaces is not None and name in there.namespaces:
            yield f"present     namespace {name}, left as it is"
        else:
            manifest = json.dumps(namespace(name))
            yield create(client, f"namespace {name}", "--filename=-", stdin=manifest)


def namespace(name: str) -> Mapping[str, object]:
    """Return a namespace; those of stacks enforce the `restricted` standard."""
    labels = {} if name == ARGO_CD else RESTRICTED
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def create(client: Client, what: str, *arguments: str, stdin: str = "") -> str:
    """Create something, and return a line that says whether that was refused."""
    try:
        client.run("create", *arguments, stdin=stdin)
    except ContextError as error:
        return f"{REFUSED}     {what}: {error.cause}"
    return f"{CREATED}     {what}"
