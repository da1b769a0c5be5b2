"""Preparing a cluster that is there already: adds what is missing, changes and removes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from gitops.validation.custom_resources.sources import SOURCES, Source
from sandbox.existing.client import Client, ContextError
from sandbox.existing.facts import Facts, facts
from sandbox.existing.lacks import lacks
from sandbox.existing.needs import Object, needs

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
        client.run("wait", "--for=condition=Established", "--timeout=30s", *names)
        lines.append("missing     controllers for these: a definition alone does nothing")
    if len(lacking) < len(SOURCES):
        lines.append(f"present     {len(SOURCES) - len(lacking)} definitions, left as they are")
    return lines


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
