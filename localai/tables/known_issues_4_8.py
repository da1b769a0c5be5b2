"""The known issues of LocalAI 4.8: those that `check` notes, and all by what they concern."""

from dataclasses import replace

from localai.release import Circumstances, KnownIssue
from localai.tables.known_issues_met_4_8 import MET

_SEEN = "run: v4.9.0 with its llama-cpp engine, built from their source"
# Their names match patterns of core/config/inference_defaults.json with a presence penalty.
_PENALIZED = ("qwen3.5", "qwen3.6")


def _reached_directly(pool: Circumstances) -> bool:
    return pool.direct


def _asked_for_images(pool: Circumstances) -> bool:
    return "image" in pool.kinds and pool.pods > 1


def _proven_by_nothing(pool: Circumstances) -> bool:
    return not pool.checked and (pool.distributed or pool.active < len(pool.models))


def _counted_in_part(pool: Circumstances) -> bool:
    return pool.monitored and bool(pool.kinds & {"embeddings", "rerank"})


def _penalized(pool: Circumstances) -> bool:
    return any(one.startswith(_PENALIZED) and one not in pool.penalized for one in pool.models)


NOTED = (
    KnownIssue(
        id="undeclared-names-are-loaded",
        sentence="A name with a slash is loaded as a path on the volume, with defaults, and evicts "
        "a declared model; a request without a name gets any model.",
        cure="declare `localai:router` without `direct`: it passes declared names alone",
        source=_SEEN,
        applies=_reached_directly,
    ),
    KnownIssue(
        id="key-does-more-than-infer",
        sentence="Whoever has the key of the servers can unload models, and start jobs that evict "
        "one (/backend/shutdown, /api/fine-tuning/jobs).",
        cure="declare `localai:router` without `direct`: its keys only infer",
        source=_SEEN,
        applies=_reached_directly,
    ),
    KnownIssue(
        id="preflight-gets-401",
        sentence="A browser's preflight request carries no key and gets 401, so no web page of "
        "another origin can send JSON.",
        cure="declare `localai:router`, or call it from a server",
        source=_SEEN,
        applies=lambda pool: pool.outside,
    ),
    KnownIssue(
        id="cold-bursts-evict",
        sentence="Fewer models may be active than it lists: of several requests at once for one "
        "that is not in memory, some get 500, since it is evicted while it loads.",
        cure="raise `active` to the number of models, or split the pool",
        source=_SEEN,
        applies=lambda pool: pool.active < len(pool.models),
    ),
    KnownIssue(
        id="ready-is-not-serving",
        sentence="Readiness does not prove that models which are not loaded at start can be "
        "loaded: /v1/models lists them without their engine or weights, too.",
        cure="declare `localai:monitoring`, whose model check asks the servers",
        source=_SEEN,
        applies=_proven_by_nothing,
    ),
    KnownIssue(
        id="client-errors-are-500",
        sentence="A prompt that is longer than the context gets 500, as every error of an engine "
        "does.",
        cure="declare `localai:router`, which makes a 400 of it, or let clients count tokens",
        source=_SEEN,
        applies=lambda pool: pool.direct,
    ),
    KnownIssue(
        id="some-tokens-are-not-counted",
        sentence="Tokens of embeddings and rerankings are not counted: localai_tokens_total holds "
        "those of chats.",
        cure="count requests of these pools, not tokens",
        source=_SEEN,
        applies=_counted_in_part,
    ),
    KnownIssue(
        id="metrics-tell-no-errors",
        sentence="The metrics of servers carry neither status nor latency of a model.",
        cure="declare `localai:router`, which counts both",
        source=_SEEN,
        applies=lambda pool: pool.monitored and not pool.routed,
    ),
    KnownIssue(
        id="image-addresses-are-of-one-pod",
        sentence="An image that is answered by address stays on the pod that made it; another pod "
        "answers 404.",
        cure="ask for `response_format: b64_json`",
        source="read: core/http/endpoints/openai/image.go, at v4.9.0",
        applies=_asked_for_images,
    ),
    KnownIssue(
        id="presence-penalty-is-guessed",
        sentence="The presence penalty is guessed from the name of the model (1.5), and 0 counts "
        "as not set.",
        cure="set `parameters.presence_penalty` of the model, 0.01 for none",
        source=_SEEN,
        applies=_penalized,
    ),
)


KNOWN_ISSUES: tuple[KnownIssue, ...] = (*NOTED, *MET)


def _assumed(issue: KnownIssue) -> KnownIssue:
    return replace(issue, source=issue.source.replace("run: ", "assumed: as run on "))


# Those of a version that nobody ran.
ASSUMED = tuple(_assumed(one) for one in KNOWN_ISSUES)
