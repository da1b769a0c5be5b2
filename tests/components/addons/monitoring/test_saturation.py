"""How full a pool is: requests in service by Little's law, of the slots its models have."""

import re

import pytest

from components.addons.monitoring.pool_alerts import PATHS, in_service, saturated, slots_by_kind
from localai.server import SERVERS
from models.definition import Kind
from sandbox.localai_standin.routes import PATHS as SERVED
from tests.components.addons.monitoring.watched import watched_pool

BOTH = ["qwen3-0.6b", "llama-3.2-1b-instruct"]


def test_slots_of_the_models_in_memory_add_up():
    each = [model.slots or 1 for model in watched_pool(models=BOTH).models]
    assert slots_by_kind(watched_pool(models=BOTH)) == {Kind.CHAT: sum(each)}
    assert slots_by_kind(watched_pool(models=BOTH, active=1)) == {Kind.CHAT: max(each)}


def test_kinds_of_models_have_slots_of_their_own():
    found = slots_by_kind(watched_pool(models=["qwen3-0.6b", "whisper-base"]))
    assert set(found) == {Kind.CHAT, Kind.TRANSCRIPTION}
    # Nobody says how many, so it is one.
    assert found[Kind.TRANSCRIPTION] == 1


def test_each_kind_is_an_alert_with_its_limit():
    alerts = list(saturated(watched_pool({"alerts": {"saturatedPercent": 80}})))
    assert [alert.expression.endswith("> 80") for alert in alerts] == [True]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_model_has_paths(kind: Kind):
    assert re.compile(PATHS[kind])
    assert PATHS[kind] in in_service(watched_pool(), kind)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/chat/completions", Kind.CHAT),
        ("/chat/completions", Kind.CHAT),
        ("/v1/completions", Kind.CHAT),
        ("/v1/engines/:model/completions", Kind.CHAT),
        ("/v1/messages", Kind.CHAT),
        ("/v1/embeddings", Kind.EMBEDDINGS),
        ("/v1/rerank", Kind.RERANK),
        ("/v1/images/generations", Kind.IMAGE),
        ("/v1/audio/transcriptions", Kind.TRANSCRIPTION),
        ("/v1/models", None),
        ("/readyz", None),
        ("/metrics", None),
    ],
)
def test_a_path_belongs_to_one_kind_or_to_none(path: str, kind: Kind | None):
    found = [one for one, pattern in PATHS.items() if re.fullmatch(pattern, path)]
    assert found == ([kind] if kind else [])


def test_every_inference_of_the_stand_in_takes_a_slot():
    assert all(any(re.fullmatch(pattern, path) for pattern in PATHS.values()) for path in SERVED)


def test_every_known_server_counts_the_time_of_its_answers():
    assert all("api_call" in server.metrics.names for server in SERVERS.values())
