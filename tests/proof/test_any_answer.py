"""Whatever a server answers: a finding with words, no error, and no pass without an answer."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.server.verification import asked_model
from documents.problem import RefusedError
from gitops.acceptance.evidence import evidence, read, text
from gitops.acceptance.expectation import places
from models.definition import Kind
from proof.answers import RubbishError, seen
from proof.expected import Model
from proof.finding import Check, Verdict
from proof.judge import answers, engines, leads, listing, version
from proof.request import Answer, Reason, Silence
from tests.gitops.acceptance.test_evidence import DECLARED, NOW, RESULT
from tests.proof.served import MADE, Served, picture
from tests.samples import catalog, pool_fields, stack

OF_KIND: Mapping[Kind, Model] = {
    model.kind: asked_model(model) for model in catalog().definitions.values()
}
PATHS = {
    Kind.CHAT: "/v1/chat/completions",
    Kind.EMBEDDINGS: "/v1/embeddings",
    Kind.RERANK: "/v1/rerank",
    Kind.IMAGE: "/v1/images/generations",
    Kind.TRANSCRIPTION: "/v1/audio/transcriptions",
}
MODEL = OF_KIND[Kind.EMBEDDINGS]
GOOD = {
    kind: MADE[path](Served(names=[], dimensions=MODEL.dimensions or 8), "m")[1]
    for kind, path in PATHS.items()
}
(PLACE,) = places(*stack({"chat": pool_fields(aliases={"a": "qwen3-0.6b"})}), ["http://h"])
WORDS = st.sampled_from(
    ["data", "choices", "delta", "content", "results", "index", "relevance_score", "embedding",
     "b64_json", "text", "model", "error", "message", "version", "backends", "id", "finish_reason"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(picture()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip
TEXTS = VALUES.map(lambda value: json.dumps(value).encode())
STREAMS = st.lists(TEXTS, max_size=4).map(
    lambda all_: b"".join(b"data: " + x + b"\n\n" for x in all_)
)
CONTENTS = (
    st.binary(max_size=200) | TEXTS | STREAMS | STREAMS.map(lambda one: one + b"data: [DONE]\n")
)
ANSWERS = st.one_of(
    st.builds(
        Answer,
        url=st.just("http://h"),
        status=st.sampled_from([200, 200, 200, 204, 302, 401, 404, 429, 500, 503]),
        headers=st.just({}),
        content=CONTENTS,
    ),
    st.builds(Silence, url=st.just("http://h"), reason=st.sampled_from(Reason), text=st.text()),
)


@pytest.mark.parametrize("kind", Kind)
def test_the_answers_that_this_starts_from_are_good(kind: Kind):
    assert seen(OF_KIND[kind], GOOD[kind]).text


@pytest.mark.parametrize("kind", Kind)
@given(content=CONTENTS)
@example(content=json.dumps({"data": [{"b64_json": "§"}]}).encode())
@example(content=json.dumps({"results": [{"index": [], "relevance_score": 1}]}).encode())
def test_an_answer_is_seen_or_called_rubbish(kind: Kind, content: bytes):
    with suppress(RubbishError):
        assert seen(OF_KIND[kind], content).text


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
def test_a_good_answer_that_loses_its_end_is_never_seen_as_one(kind: Kind, data: st.DataObject):
    content = GOOD[kind]
    # The last sign may be a line break that says nothing.
    shorter = content[: data.draw(st.integers(0, len(content.rstrip()) - 1))]
    with pytest.raises(RubbishError):
        seen(OF_KIND[kind], shorter)


@given(found=ANSWERS, after=ANSWERS)
def test_every_judge_has_words_for_every_answer(found: Answer | Silence, after: Answer | Silence):
    name = PLACE.names[0]
    told: list[Any] = [version(PLACE, found), engines(PLACE, found), *listing(PLACE, found)]
    told.append(answers(PLACE, name, found))
    assert leads(name, found, after) is None
    assert all(one.text for one in told)
    assert all(one.cure for one in told if one.verdict is Verdict.FAIL)
    broken = isinstance(found, Silence) or found.status != 200
    passing = {one.check for one in told if one.verdict is Verdict.PASS}
    assert not (broken and passing)
    assert Check.LISTED not in passing


TEXT = text(evidence(*DECLARED, RESULT, NOW)).encode()


@given(at=st.integers(0, len(TEXT) - 1), byte=st.integers(0, 255))
def test_no_byte_of_evidence_can_be_another(at: int, byte: int):
    changed = TEXT[:at] + bytes([byte]) + TEXT[at + 1 :]
    if changed == TEXT:
        return
    with pytest.raises(RefusedError):
        read(changed, "e.json")
