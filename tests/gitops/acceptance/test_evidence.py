"""Evidence counts for one stack and one release, as it was written, and for nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from components.checks.resolve import release_of
from documents.problem import RefusedError
from gitops.acceptance.evidence import evidence, problems, read, text
from gitops.acceptance.figures import judged
from gitops.acceptance.result import Kind, Result
from gitops.acceptance.scores import Scored, figures
from proof.finding import Check, Finding, Verdict
from settings.release import digest_of
from tests.gitops.acceptance.test_figures import chat, load, tally
from tests.samples import pool_fields, stack

NOW = datetime(2026, 11, 29, 2, 0, 0, tzinfo=UTC)
MODELS, ALIAS = ["qwen3-0.6b", "llama-3.2-1b-instruct"], "assistant"
POOL = pool_fields(models=MODELS, aliases={ALIAS: MODELS[0]})
DECLARED = stack({"chat": POOL})


def answers(name: str, verdict: Verdict = Verdict.PASS) -> Finding:
    return Finding(
        check=Check.ANSWERS, pool="chat", name=name, verdict=verdict, text="said Paris",
        seconds=0.123456, answered_by=name,
    )  # fmt: skip


FINDINGS = tuple(answers(name) for name in (*MODELS, ALIAS))
RESULT = Result(findings=FINDINGS)
MADE = evidence(*DECLARED, RESULT, NOW)
TEXT = text(MADE)


def wrong(found: Any = MADE, **fields: Any) -> list[str]:
    declared = stack({"chat": {**POOL, **fields.pop("pool", {})}}, **fields)
    return [one.cause for one in problems(found, "e.json", *declared)]


def test_what_is_written_is_read_and_counts():
    assert read(TEXT.encode(), "e.json") == MADE
    assert wrong() == []
    assert text(evidence(*DECLARED, RESULT, NOW)) == TEXT
    assert len(TEXT) < 3000


def test_another_release_is_refused_and_says_what_is_another():
    small = {"models": MODELS[:1]}
    assert wrong(pool=small) == [
        f"is of another release: models had {MODELS[1]}, and have it no longer"
    ]
    assert "is of another release: aliases: assistant changed" in wrong(
        pool={"aliases": {ALIAS: MODELS[1]}}
    )
    assert "is of another release: the server is v4.8.2, and was v4.9.0" in wrong(
        server={"version": "v4.8.2"}
    )


def test_a_pinned_image_is_another_release_than_a_tag():
    (image, *_) = MADE["release"]["images"]
    assert wrong(digests={image: f"sha256:{'0' * 64}"}) == [
        f"is of another release: images: {image} changed"
    ]


def test_another_stack_is_refused():
    other = {**MADE, "stack": "far"}
    assert wrong(other) == ["is of stack far, not of test"]


def test_a_name_that_was_not_seen_to_answer_is_refused():
    short = Result(findings=(FINDINGS[0], answers(ALIAS, Verdict.UNSEEN)))
    assert wrong(evidence(*DECLARED, short, NOW)) == [
        "does not show that assistant of pool chat answers",
        f"does not show that {MODELS[1]} of pool chat answers",
    ]


LOAD: dict[str, Any] = {"chatsPerMinute": 600, "seconds": 1, "firstTokenMilliseconds": 100}


def loaded(**limits: Any) -> tuple[Any, dict[str, Any]]:
    """Return evidence of a load within its limits, and a stack that declares it, or others."""
    run = tally(load(betweenTokensMilliseconds=None), [chat(number) for number in range(10)])
    read_of = run.figures("", ALIAS)
    result = Result(
        kind=Kind.LOAD, findings=tuple(judged(read_of, run.load)), figures=(read_of,),
        tools={"aiohttp": "3"},
    )  # fmt: skip
    declared = {"acceptance": {"load": {ALIAS: {**LOAD, **limits}}}}
    made = evidence(*stack({"chat": POOL}, **declared), result, NOW)
    return read(text(made).encode(), "e.json"), declared


def test_evidence_of_a_load_counts_for_the_limits_that_are_declared_now():
    made, declared = loaded()
    assert wrong(made, **declared) == []
    assert (made["kind"], made["verdict"], made["tools"]) == ("load", "pass", {"aiohttp": "3"})
    assert len(text(made)) < 5000


@pytest.mark.parametrize(
    ("limits", "cause"),
    [({"firstTokenMilliseconds": 49}, f"shows of {ALIAS}: first token: 50"),
     ({"chatsPerMinute": 6000}, f"shows of {ALIAS}: rate: was another load: chatsPerMinute")],
)  # fmt: skip
def test_stricter_limits_or_another_load_are_not_shown_by_it(limits: dict[str, Any], cause: str):
    made, declared = loaded(**limits)
    (found,) = wrong(made, **declared)
    assert found.startswith(cause)


def test_a_load_that_was_declared_later_is_not_shown():
    made, declared = loaded()
    more = {"load": {**declared["acceptance"]["load"], MODELS[1]: {"chatsPerMinute": 1}}}
    assert wrong(made, acceptance=more) == [f"does not show a load on {MODELS[1]}"]
    parked = stack({"chat": {**POOL, "replicas": 0}}, acceptance=more)
    assert not list(problems(made, "e.json", *parked))


def test_answers_are_no_evidence_of_a_load():
    made, _ = loaded()
    smoke = {**made, "kind": "smoke"}
    assert wrong(smoke) == [
        f"does not show that {name} of pool chat answers" for name in sorted([*MODELS, ALIAS])
    ]


EVALUATE: dict[str, Any] = {"facts": {"models": [ALIAS], "leastPercent": 80}}


def evaluated(**fields: Any) -> Any:
    """Return evidence of a suite that was answered well enough."""
    about = {"pool": "chat", "name": ALIAS, "suite": "facts", "digest": digest_of("now"),
             "judge": None, "embedder": None}  # fmt: skip
    answers = [Scored(id=f"q{at}", right=at > 0, text="a") for at in range(10)]
    result = Result(
        kind=Kind.EVALUATE, findings=(), figures=({**figures(answers, about), **fields},)
    )
    made = evidence(*stack({"chat": POOL}), result, NOW)
    return read(text(made).encode(), "e.json")


def lacks(found: Any, suites: Any = None, **settings: Any) -> list[str]:
    facts = {"facts": {**EVALUATE["facts"], **settings}}
    declared = stack({"chat": POOL}, acceptance={"evaluate": facts})
    return [one.cause for one in problems(found, "e.json", *declared, suites)]


def test_evidence_of_scores_counts_for_the_suites_and_limits_that_are_declared_now():
    made = evaluated()
    assert lacks(made, {"facts": digest_of("now")}) == []
    assert lacks(made) == []
    assert lacks(made, {"facts": digest_of("then")}) == [
        f"scored facts of {ALIAS} with other questions than it has now"
    ]
    assert lacks(made, leastPercent=91)[0].startswith(f"shows of {ALIAS}: facts: 9 of 10 right")
    assert lacks(made, models=MODELS[:1]) == [f"does not show how {MODELS[0]} answers facts"]


def test_scores_by_another_judge_or_with_another_sum_do_not_count():
    judge = {"name": MODELS[1], "digest": MADE["release"]["models"][MODELS[1]]}
    assert lacks(evaluated(judge=judge), judge=MODELS[1]) == []
    assert lacks(evaluated(judge=judge)) == [
        f"was judged by {MODELS[1]}, which is not the judge of facts now"
    ]
    old = {**judge, "digest": digest_of("old")}
    assert len(lacks(evaluated(judge=old), judge=MODELS[1])) == 1
    assert lacks(evaluated(right=10)) == [
        "contradicts itself: its score is not that of its right answers"
    ]


def sealed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return changed evidence as somebody writes it who knows how it is sealed."""
    made = json.loads(TEXT)
    change(made)
    whole = {key: value for key, value in made.items() if key != "digest"}
    return text({**whole, "digest": digest_of(whole)}).encode()


EDITED = {
    "a word": TEXT.replace("said Paris", "said Rome", 1).encode(),
    "a key twice": TEXT.replace('"kind": "smoke"', '"kind": "smoke",\n "kind": "smoke"').encode(),
    "the time": TEXT.replace("02:00:00", "03:00:00").encode(),
    "a line break": TEXT.replace("\n", "\r\n").encode(),
    "other spaces": json.dumps(MADE).encode(),
    "its end": TEXT[:-2].encode(),
    "nothing is left": b"",
    "a list": b"[]",
    "no digest": text({key: MADE[key] for key in MADE if key != "digest"}).encode(),
    "another form": sealed(lambda made: made.update(version=1)),
    "a verdict": sealed(lambda made: made.update(verdict="fail")),
    "a failure": sealed(lambda made: made["checks"][0].update(verdict="fail")),
    "a further key": sealed(lambda made: made.update(also=1)),
    "a digest of a model": sealed(
        lambda made: made["release"]["models"].update({MODELS[0]: f"sha256:{'0' * 64}"})
    ),
    "no number": TEXT.replace("0.12", "NaN").encode(),
    "not UTF-8": TEXT.encode() + b"\xff",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", EDITED)
def test_what_was_edited_by_hand_is_refused(name: str):
    with pytest.raises(RefusedError) as refused:
        read(EDITED[name], "e.json")
    assert all(one.file == "e.json" and one.cure for one in refused.value.problems)


@pytest.mark.parametrize(
    "fields",
    [
        {"replicas": 0},
        {"cpu": 8},
        {"storage": {"size": "200Gi", "access": "ReadWriteOnce"}},
    ],
)
def test_a_release_is_what_is_served_and_not_on_how_many_pods(fields: dict[str, Any]):
    assert release_of(*stack({"chat": {**POOL, **fields}})) == release_of(*DECLARED)


def test_a_model_that_answers_otherwise_is_another_release():
    (context, (pool,)) = stack({"chat": POOL})
    model = pool.models[0]
    changed = {
        "description": "Other words.",
        "context_size": 2048,
        "parameters": model.parameters.model_copy(update={"temperature": 0.1}),
        "weights": model.weights.model_copy(update={"sha256": "0" * 64}),
    }
    made: dict[str, str] = {}
    for key, value in changed.items():
        other = model.model_copy(update={key: value})
        object.__setattr__(pool, "models", (other, *pool.models[1:]))
        made[key] = release_of(context, [pool]).summary["models"][model.name]
    same = made.pop("description")
    assert same == release_of(*DECLARED).summary["models"][model.name]
    assert len({same, *made.values()}) == 4


@pytest.mark.parametrize("time", ["2026-13-45T99:99:99Z", "0000-01-01T00:00:00Z"])
def test_a_time_that_no_clock_shows_is_refused_however_it_is_sealed(time: str):
    sealed = {key: value for key, value in {**MADE, "time": time}.items() if key != "digest"}
    with pytest.raises(RefusedError, match="which is not a valid time"):
        read(text({**sealed, "digest": digest_of(sealed)}).encode(), "e.json")
