"""What `accept` asks is served by the stack, by a model that can answer it."""

from collections.abc import Iterator, Mapping, Sequence

from components.pool.pool import Pool
from documents.problem import KeyPath, Problem
from documents.rule import Rule
from models.definition import Kind


def _asked(pools: Sequence[Pool]) -> Iterator[tuple[KeyPath, str, Kind]]:
    """Yield each name that acceptance asks: its key, the name, and what its model has to be for."""
    settings = pools[0].context.settings.acceptance
    for name in settings.load if settings else ():
        yield ("acceptance", "load", name), name, Kind.CHAT
    for suite, one in settings.evaluate.items() if settings else ():
        place = ("acceptance", "evaluate", suite)
        yield from (((*place, "models", at), name, Kind.CHAT) for at, name in enumerate(one.models))
        if one.judge:
            yield (*place, "judge"), one.judge, Kind.CHAT
        if one.embedder:
            yield (*place, "embedder"), one.embedder, Kind.EMBEDDINGS


def _of_no_such_model(pools: Sequence[Pool]) -> Iterator[Problem]:
    served = kinds(pools)
    for path, name, kind in _asked(pools):
        if served.get(name) is not kind:
            fit = sorted(one for one in served if served[one] is kind)
            cause = f"asks {name}, which is for {served[name]}" if name in served else (
                f"asks {name}, which no pool serves"
            )  # fmt: skip
            cure = f"use one of {', '.join(fit)}" if fit else f"serve a model for {kind}"
            yield Problem(path=path, cause=cause, cure=cure)


def _judging_themselves(pools: Sequence[Pool]) -> Iterator[Problem]:
    settings = pools[0].context.settings.acceptance
    models = {alias: model for pool in pools for alias, model in pool.settings.aliases.items()}
    for suite, one in settings.evaluate.items() if settings else ():
        asked = {models.get(name, name) for name in one.models}
        if one.judge and models.get(one.judge, one.judge) in asked:
            cause = f"lets {one.judge} judge its own answers"
            yield Problem(path=("acceptance", "evaluate", suite, "judge"), cause=cause)


def kinds(pools: Sequence[Pool]) -> Mapping[str, Kind]:
    """Return every name that clients may send, with what its model is for."""
    found: dict[str, Kind] = {}
    for pool in pools:
        models = {model.name: model.kind for model in pool.models}
        aliases = {alias: models[model] for alias, model in pool.settings.aliases.items()}
        found |= models | aliases
    return found


ACCEPTANCE_RULES: tuple[Rule[Sequence[Pool]], ...] = (
    Rule(
        id="acceptance-asks-what-is-served",
        key="acceptance.*",
        sentence="What `accept` asks is a name that a pool serves, and of a model for that.",
        cure="use a name that a pool serves",
        judge=_of_no_such_model,
    ),
    Rule(
        id="judge-is-another-model",
        key="acceptance.evaluate.*.judge",
        sentence="A model does not judge its own answers.",
        cure="name another chat model",
        judge=_judging_themselves,
    ),
)
