"""What `explain` says: how the memory of a pool came about, or what a rule requires."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from components.checks.resolve import unjudged, unknown_profile
from components.checks.rulebook import CONTEXT_CHECKS, POOL_CHECKS, POOLS_CHECKS
from components.parts.context import Context
from components.pool.pool import Pool
from documents.problem import Problem, RefusedError
from gitops.planning.neighbors import NEIGHBOR_RULES
from gitops.validation.rules.rulebook import RULES, WAIVABLE
from localai.server import SERVERS, server
from models.catalog import Catalog
from settings.file import StackFile, read_stack_file, stack_names
from settings.pool.rules import POOL_RULES
from settings.stack.rules.rulebook import STACK_RULES


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What a rule requires; `key` is that of a stack file which decides, where one does."""

    id: str
    sentence: str
    reason: str
    cure: str
    key: str
    consequence: str


def requirements() -> Iterator[Requirement]:
    """Yield every rule, of objects, models and stack files."""
    for rule in RULES:
        waived = "can be waived" if rule.id in WAIVABLE else "cannot be waived"
        consequence = f"refuses; {waived}" if rule.refuses else "a note, which refuses nothing"
        yield Requirement(
            id=rule.id, sentence=rule.sentence, reason=rule.reason, cure=rule.cure, key=rule.key,
            consequence=consequence,
        )  # fmt: skip
    for before, rules in (
        ("pools.*.", (*POOL_RULES, *POOL_CHECKS)),
        ("", (*STACK_RULES, *CONTEXT_CHECKS, *POOLS_CHECKS, *NEIGHBOR_RULES)),
    ):
        for rule in rules:
            yield Requirement(
                id=rule.id, sentence=rule.sentence, reason="", cure=rule.cure,
                key=f"localai:{before}{rule.key}", consequence="refuses; cannot be waived",
            )  # fmt: skip


def explained(
    root: Path, catalog: Catalog, name: str, stack: str | None
) -> Requirement | list[Pool]:
    """Return the rule of a name, or the pools of that name; a stack says that a pool is meant.

    Raises:
        RefusedError: neither is there.
    """
    rules = {one.id: one for one in requirements()}
    if stack is None and name in rules:
        return rules[name]
    files = [read_stack_file(root, one) for one in ([stack] if stack else stack_names(root))]
    found = [_pool(file, name, catalog) for file in files if name in file.settings.pools]
    if found:
        return found
    pools = [pool for file in files for pool in file.settings.pools]
    near = get_close_matches(name, [*dict.fromkeys(pools), *rules], n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    known = f"pools: {', '.join(dict.fromkeys(pools))}; rules: docs/reference/rules.md"
    where = f"no pool of {stack}" if stack else "no pool and no rule"
    raise RefusedError([Problem(file=f"{name!r}", path=(), cause=f"is {where}", cure=hint + known)])


def _pool(file: StackFile, name: str, catalog: Catalog) -> Pool:
    """Return a pool, even one that is refused because it does not fit."""
    settings, path = file.settings.pools[name], ("config", "localai:pools", name)
    catalog = file.served(catalog)
    problems = [
        file.document.problem((*path, "models", index), f"{model} is not in models/", "add it")
        for index, model in enumerate(settings.models)
        if model not in catalog.definitions
    ]
    if settings.gpu and (cure := unknown_profile(settings.gpu, catalog)):
        cause = f"{settings.gpu} is not a GPU profile"
        problems.append(file.document.problem((*path, "gpu"), cause, cure))
    version = file.settings.server.version
    if version not in SERVERS:
        place = ("config", "localai:server", "version")
        cure = f"known: {', '.join(SERVERS)}"
        problems.append(file.document.problem(place, f"{version} is not known", cure))
    if problems:
        raise RefusedError(problems)
    context = Context(
        stack=file.stack, settings=file.settings, server=server(version), profiles=catalog.profiles
    )
    return unjudged(context, name, settings, catalog)
