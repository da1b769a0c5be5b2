"""The catalog: traps between files, which no single file shows."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from documents.problem import Problem
from gitops.validation.rules.rule import CatalogRule, CatalogUses
from models.address import hub_owner, skeleton
from models.weights import Weights

_FOLDER = "models/"
# Whose models at the hub ask for a login, as of 2025.
_GATED = re.compile(r"/(meta-llama/|google/(gemma|medgemma|codegemma|shieldgemma))")


def _file(name: str) -> str:
    return f"{_FOLDER}{name}.yaml"


def _two_digests(uses: CatalogUses) -> Iterator[Problem]:
    files = [(name, _address(one), one.sha256) for name, one in _files(uses)]
    for name, other, address in _disagreeing(files):
        detail = f"gives {address} another sha256 than {_file(other)}"
        yield Problem(object=_file(name), cause=detail)


def _two_sizes(uses: CatalogUses) -> Iterator[Problem]:
    files = [(name, one.sha256, one.size.bytes) for name, one in _files(uses) if one.size.exact]
    for name, other, digest in _disagreeing(files):
        detail = f"gives the file {digest[:12]}… another size than {_file(other)}"
        yield Problem(object=_file(name), cause=detail)


def _look_alikes(uses: CatalogUses) -> Iterator[Problem]:
    owners = [(name, hub_owner(one.url)) for name, one in _files(uses)]
    found = [(name, skeleton(owner), owner) for name, owner in owners if owner]
    said = {(name, alike): owner for name, alike, owner in found}
    for name, other, alike in dict.fromkeys(_disagreeing(found)):
        detail = f"fetches from {said[name, alike]}, who looks like {said[other, alike]}"
        yield Problem(object=_file(name), cause=f"{detail} of {_file(other)}")


def _address(weights: Weights) -> str:
    # An image holds many files, any other address is one file.
    return weights.url if weights.url.startswith("https:") else f"{weights.url}/{weights.file}"


def _files(uses: CatalogUses) -> Iterator[tuple[str, Weights]]:
    for name, definition in uses.definitions.items():
        yield from ((name, weights) for weights in definition.files)


def _disagreeing(files: Iterable[tuple[str, str, Hashable]]) -> Iterator[tuple[str, str, str]]:
    """Yield model, earlier model and key where two files share a key but not the value."""
    first: dict[str, tuple[str, Hashable]] = {}
    for name, key, value in files:
        other, known = first.setdefault(key, (name, value))
        if known != value:
            yield name, other, key


def _maybe_gated(uses: CatalogUses) -> Iterator[Problem]:
    for name, file in _files(uses):
        if hub_owner(file.url) and _GATED.search(file.url) and "gated" not in file.model_fields_set:
            detail = f"fetches from {hub_owner(file.url)}, who gates such models"
            yield Problem(object=_file(name), cause=detail)


def _misleading(uses: CatalogUses) -> Iterator[Problem]:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for use in uses.uses:
        for alias, model in use.aliases.items():
            if alias in uses.definitions:
                places[alias, model].append(f"{use.stack}/{use.pool}")
    for (alias, model), pools in places.items():
        detail = f"is also an alias for {model} in {', '.join(pools)}"
        yield Problem(object=_file(alias), cause=detail)


RULES = (
    CatalogRule(
        id="address-has-one-digest",
        sentence="Files that are fetched from one address have one sha256.",
        reason="At most one of two can be right: the other model can never be fetched.",
        cure="ask the source for the digest, and correct the wrong one",
        judge=_two_digests,
    ),
    CatalogRule(
        id="digest-has-one-size",
        sentence="Files with one sha256 have one size.",
        reason="They are the same bytes, so a fetch of the wrong size can never end.",
        cure="correct the size that the source does not give",
        judge=_two_sizes,
    ),
    CatalogRule(
        id="owner-is-no-look-alike",
        sentence="No two owners of repositories look alike.",
        reason="One of the two may have borrowed the name of the other.",
        cure="write the one that was meant in both",
        judge=_look_alikes,
    ),
    CatalogRule(
        id="gated-is-said",
        sentence="Weights of an owner who gates models say whether they are gated.",
        reason="A stack without a token would be refused by the hub only after the merge.",
        cure="write `gated: true`, or false, under its weights",
        judge=_maybe_gated,
        refuses=False,
    ),
    CatalogRule(
        id="alias-is-no-model",
        sentence="No alias has the name of another model of the catalog.",
        reason="Clients that ask for one model would be answered by another, without a word.",
        cure="rename the alias, or delete the model that cannot be asked for",
        judge=_misleading,
        refuses=False,
    ),
)
