"""The chat application asks models that the stack serves, with a key that opens them."""

from collections.abc import Iterator, Sequence

from components.checks.acceptance import kinds
from components.pool.pool import Pool
from documents.problem import Problem
from documents.rule import Rule
from models.definition import Kind
from settings.anythingllm import AnythingLlmSettings
from settings.config import PROJECT
from settings.router import RouterSettings


def _of_no_such_model(pools: Sequence[Pool]) -> Iterator[Problem]:
    settings = pools[0].context.settings.anythingllm
    if settings is None:
        return
    served = kinds(pools)
    wanted = (
        ("chat", settings.chat, Kind.CHAT),
        ("embeddings", settings.embeddings, Kind.EMBEDDINGS),
    )
    for key, name, kind in wanted:
        if served.get(name) is not kind:
            fit = sorted(one for one in served if served[one] is kind)
            of = f"which is for {served[name]}" if name in served else "which no pool serves"
            yield Problem(
                path=("anythingllm", key),
                cause=f"asks {name}, {of}",
                cure=f"use one of {', '.join(fit)}" if fit else f"serve a model for {kind}",
            )


def _alias_of_embeddings(pools: Sequence[Pool]) -> Iterator[Problem]:
    settings = pools[0].context.settings.anythingllm
    for pool in pools if settings else ():
        if settings and (target := pool.settings.aliases.get(settings.embeddings)):
            yield Problem(
                path=("anythingllm", "embeddings"),
                cause=f"is {settings.embeddings}, an alias, which may mean another model tomorrow",
                cure=f"use {target}",
            )


def _key_that_opens_nothing(pools: Sequence[Pool]) -> Iterator[Problem]:
    stack = pools[0].context.settings
    settings, router = stack.anythingllm, stack.router
    if settings is None:
        return
    path = ("anythingllm", "key")
    if router is None:
        if settings.key:
            cause = "names a key of a router, and the stack has none"
            yield Problem(path=path, cause=cause, cure="delete `key`, or add `localai:router`")
    elif settings.key is None:
        yield Problem(path=path, cause="names no key, and the router asks for one")
    elif not router.virtual_keys:
        yield from _unopened(settings, router)


def _unopened(settings: AnythingLlmSettings, router: RouterSettings) -> Iterator[Problem]:
    path, wanted = ("anythingllm", "key"), settings.key
    for client, key in router.keys.items():
        if wanted and (key.secret, key.key) == (wanted.secret, wanted.key):
            for name in (settings.chat, settings.embeddings):
                if key.models and name not in key.models:
                    yield Problem(
                        path=path,
                        cause=f"is the key of {client}, which does not open {name}",
                        cure=f"add {name} to router.keys.{client}.models",
                    )
            return
    yield Problem(path=path, cause="is none of the keys that the router knows")


ANYTHINGLLM_RULES: tuple[Rule[Sequence[Pool]], ...] = (
    Rule(
        id="anythingllm-asks-what-is-served",
        key="anythingllm.*",
        sentence="AnythingLLM asks names that a pool serves, and of models for that.",
        cure="use a name that a pool serves",
        judge=_of_no_such_model,
    ),
    Rule(
        id="anythingllm-embeds-with-a-model",
        key="anythingllm.embeddings",
        sentence="AnythingLLM embeds with a model by its own name, so that a change of it shows.",
        cure="use the name of the model",
        judge=_alias_of_embeddings,
    ),
    Rule(
        id="anythingllm-key-opens-its-models",
        key="anythingllm.key",
        sentence="In a stack with a router, AnythingLLM has a key that opens both of its models.",
        cure=f"give it a key of its own under {PROJECT}:router.keys, and name that here",
        judge=_key_that_opens_nothing,
    ),
)
