"""The server of a stack can serve the models of its pools, and its pins are of images it runs."""

from collections.abc import Iterator, Sequence

from components.pool.pool import Pool
from components.weights.weights import IMAGE as WEIGHTS_IMAGE
from documents.problem import Problem
from documents.rule import Rule
from localai.release import Accelerator, at_least
from localai.server import UnknownEngineError, engine_image, server_image
from models.catalog import FOLDER
from models.definition import LLAMA_CPP, Kind

_FIGURES = (
    "layers, kv_heads and head_dim, as its config.json or the header of its GGUF file has them"
)


def _newer_models(pool: Pool) -> Iterator[Problem]:
    version = pool.context.server.version
    for index, model in enumerate(pool.models):
        if not at_least(version, model.minimum_server):
            yield Problem(
                path=("models", index),
                cause=f"{model.name} needs LocalAI {model.minimum_server}",
                cure=f"raise localai:server.version, now {version}",
            )


def _uncounted(pool: Pool) -> Iterator[Problem]:
    for index, model in enumerate(pool.models):
        chats = model.backend == LLAMA_CPP and model.kind is Kind.CHAT
        if chats and model.architecture is None:
            cause = f"{model.name} has no architecture, so whether its cache fits is not known"
            cure = f"add `architecture` to {FOLDER}/{model.name}.yaml: {_FIGURES}"
            yield Problem(path=("models", index), cause=cause, cure=cure)


def _closed_sources(pool: Pool) -> Iterator[Problem]:
    settings = pool.context.settings
    if settings.hub_token or settings.hub:
        return
    for index, model in enumerate(pool.models):
        if any(file.gated for file in model.files):
            cause = f"{model.name} is gated at its source, and the stack has no token for it"
            yield Problem(path=("models", index), cause=cause)


def _missing_engines(pool: Pool) -> Iterator[Problem]:
    for index, model in enumerate(pool.models):
        try:
            engine_image(pool.context.server, model.backend, pool.accelerator)
        except UnknownEngineError as error:
            cause = f"{model.name} needs the engine {model.backend}"
            yield Problem(path=("models", index), cause=cause, cure=str(error))


def _other_aliases(pool: Pool) -> Iterator[Problem]:
    models = pool.settings.models
    for alias, target in pool.settings.aliases.items():
        if target not in models:
            yield Problem(
                path=("aliases", alias),
                cause=f"has the alias {alias} for {target}, which is not among its models",
                cure=f"use one of {', '.join(models)}",
            )


def _idle_digests(pools: Sequence[Pool]) -> Iterator[Problem]:
    used = {image for pool in pools for image in images_of(pool)}
    for reference in pools[0].context.settings.digests:
        if reference not in used:
            yield Problem(
                path=("digests", reference),
                cause="pins an image that this stack does not run",
                cure=f"use one of {', '.join(sorted(used))}",
            )


def images_of(pool: Pool) -> Iterator[str]:
    """Yield the images that a pool runs and that `digests` can pin, before any mirror."""
    server, settings = pool.context.server, pool.context.settings
    yield WEIGHTS_IMAGE
    if settings.router:
        yield settings.router.image
    if settings.chat:
        yield settings.chat.image
    if settings.mlflow:
        yield from settings.mlflow.images
    if settings.anythingllm:
        yield from settings.anythingllm.images
    yield from (model.image for model in settings.served_models.values())
    yield server_image(server, pool.accelerator)
    if pool.settings.distributed:
        yield server_image(server, Accelerator.CPU)
    for engine in pool.engines:
        yield engine_image(server, engine, pool.accelerator)


# An alias of a misspelled model is right: it is judged once the models are known.
ALIAS_RULES: tuple[Rule[Pool], ...] = (
    Rule(
        id="alias-has-a-model",
        key="aliases.*",
        sentence="An alias means a model of its pool.",
        cure="name a model of the pool",
        judge=_other_aliases,
    ),
)
MODEL_RULES: tuple[Rule[Pool], ...] = (
    Rule(
        id="server-is-new-enough",
        key="models",
        sentence="The LocalAI version serves each model.",
        cure="raise localai:server.version",
        judge=_newer_models,
    ),
    # A plan would say that it fits, and the pod would run out of memory.
    Rule(
        id="cache-is-known",
        key="models",
        sentence="What the cache of a llama-cpp chat model takes is known from its architecture.",
        cure=f"add `architecture` to its file in {FOLDER}/: {_FIGURES}",
        judge=_uncounted,
    ),
    Rule(
        id="gated-weights-have-a-token",
        key="models",
        sentence="A stack that fetches gated weights has a token of the hub, or a mirror.",
        cure="add `localai:hubToken`, of an account that was let in",
        judge=_closed_sources,
    ),
    Rule(
        id="engine-is-built-for-the-gpu",
        key="models",
        sentence="The engine of each model is built for the GPUs of its pool.",
        cure="use another model or another gpu",
        judge=_missing_engines,
    ),
)
DIGEST_RULES: tuple[Rule[Sequence[Pool]], ...] = (
    Rule(
        id="digest-is-of-an-image-in-use",
        key="digests.*",
        sentence="A digest is of an image that the stack runs.",
        cure="delete it",
        judge=_idle_digests,
    ),
)
