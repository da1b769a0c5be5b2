"""Secrets: a value that opens something stands in no object, and so in no file and no log."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from documents.shown import KEY_FORMS, is_secret_field, is_secret_variable
from gitops.validation.rules.pods import at, containers, entries, fields, named, texts
from gitops.validation.rules.rule import Manifest, ObjectRule

_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")


def variables(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the variables of a container by name; of two with one name, the last counts."""
    return {str(at(one, "name")): one for one in entries(container.get("env"))}


def from_secrets(container: Mapping[str, Any]) -> frozenset[str]:
    """Return the variables whose whole value comes from Secrets: one key, or several with commas.

    Kubernetes writes into a variable only those that stand before it.
    """
    known: set[str] = set()
    for one in entries(container.get("env")):
        name = str(at(one, "name"))
        if at(one, "valueFrom", "secretKeyRef") is not None or _joins(at(one, "value"), known):
            known.add(name)
        else:
            known.discard(name)
    return frozenset(known)


def is_on(variable: Any) -> bool:
    """Return whether a variable is a switch that is on, as LocalAI reads it."""
    return str(at(variable, "value")).lower() in ("true", "1", "t")


def _joins(value: Any, known: Collection[str]) -> bool:
    found = [_REFERENCE.fullmatch(word) for word in str(value).split(",")]
    return all(one is not None and one[1] in known for one in found)


def _in_environment(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        kept = from_secrets(container)
        for variable in entries(container.get("env")):
            name: Any = at(variable, "name")
            if name not in kept and is_secret_variable(str(name), at(variable, "value")):
                yield f"{named(container)} has {name} in plain text"


def _known_forms(manifest: Manifest) -> Iterator[str]:
    for field, value in manifest.items():
        if any(map(_holds_key, texts(value))):
            yield f"holds what looks like a key, in {field}"


@lru_cache(maxsize=512)
def _holds_key(text: str) -> bool:
    return KEY_FORMS.search(text) is not None


def _secret_data(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") == "Secret":
        for field in ("data", "stringData"):
            yield from (f"holds the value of {key}" for key in sorted(fields(manifest.get(field))))


def _chart_values(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") != "Application":
        return
    for source in (at(manifest, "spec", "source"), *entries(at(manifest, "spec", "sources"))):
        yield from _plain_values(at(source, "helm", "valuesObject"), ())
        for parameter in entries(at(source, "helm", "parameters")):
            name = str(at(parameter, "name"))
            if is_secret_field(name, at(parameter, "value")):
                yield f"has the chart value {name} in plain text"


def _plain_values(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    for key, below in _named(value):
        here = (*path, key)
        if is_secret_field(key, below):
            yield f"has the chart value {'.'.join(here)} in plain text"
        else:
            yield from _plain_values(below, here)


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a mapping or a list holds; `{name: …, value: …}` is an environment variable."""
    known: Mapping[str, Any] = fields(value)
    if isinstance(known.get("name"), str) and "value" in known:
        yield known["name"], known["value"]
    else:
        yield from ((str(key), below) for key, below in known.items())
    yield from ((str(index), below) for index, below in enumerate(entries(value)))


RULES = (
    ObjectRule(
        id="no-secret-in-environment",
        sentence="No environment variable that is named like a key has a value in plain text.",
        reason="Objects are read by more people than secrets, and stay in Git for ever.",
        cure="read it from a Secret with `valueFrom.secretKeyRef`",
        judge=_in_environment,
    ),
    ObjectRule(
        id="no-key-in-text",
        sentence="No text in an object has the form of a key, a token or a password in an address.",
        reason="Robots find such texts in a repository within minutes.",
        cure="put it into a Secret, and take the key out of use",
        judge=_known_forms,
    ),
    ObjectRule(
        id="secret-without-value",
        sentence="A Secret in a rendering has no value.",
        reason="Base64 does not encrypt, and a rendering is a file.",
        cure="let a controller in the cluster fill it, such as External Secrets, and name it",
        judge=_secret_data,
    ),
    ObjectRule(
        id="no-secret-in-chart-values",
        sentence="No value of a chart that is named like a key stands in plain text.",
        reason="Values of a chart are in Git, and in every Application that Argo CD shows.",
        cure="create a Secret, and use the chart's setting for an existing one",
        judge=_chart_values,
    ),
)
