"""What models are asked."""

import io
import json
import wave

import pytest

from components.server.verification import asked_model
from models.definition import Kind, Smoke
from proof.request import redacted, request, tone
from tests.samples import catalog


def test_the_recording_is_a_second_or_more_of_sound_that_a_transcriber_reads():
    with wave.open(io.BytesIO(tone())) as recording:
        assert (recording.getnchannels(), recording.getframerate()) == (1, 16_000)
        assert (recording.getsampwidth(), recording.getnframes()) == (2, 32_000)
        assert len(set(recording.readframes(1000))) > 10


MODELS = {model.kind: asked_model(model) for model in catalog().definitions.values()}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_asked_under_its_name_alone(kind: Kind):
    asked = request(MODELS[kind], "the-name")
    assert asked.path.startswith("/v1/")
    assert asked.body
    if asked.content_type == "application/json":
        assert json.loads(asked.body)["model"] == "the-name"
    else:
        assert b'name="model"\r\n\r\nthe-name\r\n' in asked.body


def test_a_model_that_knows_no_capitals_is_asked_what_its_file_says():
    given = Smoke(ask="Is this safe: hello", expect="safe")
    known = next(one for one in catalog().definitions.values() if one.kind is Kind.CHAT)
    model = asked_model(known.model_copy(update={"smoke": given}))
    assert json.loads(request(model, "a").body or b"")["messages"][0]["content"] == given.ask
    assert (model.ask, model.expect) == (given.ask, given.expect)


@pytest.mark.parametrize(
    "written", ["sk/secret", r"\u0073k/secret", r"sk\/secret", r"\u0073K\u002Fsecret"]
)
def test_a_key_is_taken_out_however_json_writes_it(written: str):
    key = "sK/secret" if "K" in written else "sk/secret"
    found = redacted(f'{{"message": "no {written}"}}'.encode(), key)

    assert json.loads(found) == {"message": "no REDACTED"}
