"""One address for two pools of real llama.cpp: LiteLLM itself, with the files we write for it."""

import asyncio
import json
import re
import ssl
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
import yaml

from components.addons.router.args import RouterArgs
from components.addons.router.config_map import CONFIG
from components.addons.router.keys import GENERATED_KEY, GENERATED_NAME
from components.addons.router.pod import container, files
from components.checks.resolve import resolve
from components.keys.api_key import GENERATED_KEY as SERVER_KEY
from components.keys.api_key import GENERATED_NAME as SERVER_SECRET
from components.network.router_metrics import METRICS, REQUESTS
from components.parts.part import plain
from components.server.local_ai import address
from components.server.verification import expected
from gitops.adapters.service import opened
from models.catalog import read_catalog
from proof.finding import Check, Verdict
from proof.verified import verified
from sandbox.serving.project import definition
from sandbox.serving.tiny_model import Tiny, write_tiny
from tests.e2e.routing.every_kind import LONGEST, EveryKind, every_kind
from tests.e2e.routing.loopback import HOST, Client, free_port
from tests.e2e.routing.proxy import proxy
from tests.e2e.routing.stand_in import stand_in
from tests.samples import STACK, pool_fields, settings
from tests.support.project import PROJECT

pytestmark = pytest.mark.e2e

FRANCE = "What is the capital of France?"
TINY = ("tiny-v1", "tiny-v2", "tiny-both")
KINDS = ("nomic-embed-text-v1.5", "jina-reranker-v1-tiny-en", "sd-1.5", "whisper-base")
BIG = "qwen3-0.6b"
CHAT = "/v1/chat/completions"
POOLS = {
    "chat": pool_fields(models=["tiny-v1", "tiny-both"], aliases={"assistant": "tiny-v1"}, cpu=1),
    "second": pool_fields(models=["tiny-v2", "tiny-both"], cpu=1),
    "kinds": pool_fields(models=[*KINDS, BIG], aliases={"embedder": KINDS[0]}),
}
ROUTER = {
    "loadBalance": True,
    "fallbacks": {"tiny-v2": ["assistant"]},
    "models": {"embedder": {"rpm": 1}, "assistant": {"timeout": 30, "streamTimeout": 10}},
    "keys": {
        "chat-app": {"secret": "keys", "key": "chat-app", "models": ["assistant"]},
        "slow-app": {"secret": "keys", "key": "slow-app", "rpm": 1},
    },
    "retries": 2,
}
MASTER, SERVERS = "the-master-key-of-this-test", "the-key-of-the-servers"
SECRETS = {
    f"{GENERATED_NAME}/{GENERATED_KEY}": MASTER,
    f"{SERVER_SECRET}/{SERVER_KEY}": SERVERS,
    "keys/chat-app": "the-key-of-chat-app",
    "keys/slow-app": "the-key-of-slow-app",
}


@dataclass(frozen=True, kw_only=True)
class Routed:
    """A running router, the servers behind it, and what it wrote."""

    args: RouterArgs
    operator: Client
    kinds: EveryKind
    second: Popen[bytes]
    log: Path

    def client(self, key: str) -> Client:
        return Client(port=self.operator.port, key=key)

    def series(self) -> dict[str, float]:
        """Return what the router has counted, by series."""
        status, text = self.operator.ask("/metrics/")
        assert status == 200, text
        lines = [line for line in text.splitlines() if line.startswith("litellm_")]
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Routed]:
    folder = tmp_path_factory.mktemp("routing")
    weights = {name: write_tiny(folder / f"{name}.gguf", Tiny(name=name)) for name in TINY}
    args = declared(folder, weights)
    chat, second, kinds = args.pools
    with ExitStack() as running:
        other = running.enter_context(every_kind())
        ports = {chat.name: free_port(), second.name: free_port(), kinds.name: other.port}
        processes = [
            running.enter_context(
                stand_in(pool, weights, folder / pool.name, ports[pool.name], SERVERS)
            )
            for pool in (chat, second)
        ]
        place = folder / "router"
        place.mkdir()
        write_files(place, args, {address(pool): ports[pool.name] for pool in args.pools})
        port = free_port()
        log = running.enter_context(proxy(plain(container(args)), place, SECRETS, port))
        operator = Client(port=port, key=MASTER)
        yield Routed(args=args, operator=operator, kinds=other, second=processes[1], log=log)


def declared(folder: Path, weights: dict[str, Path]) -> RouterArgs:
    """Return a router with two pools of tiny models, and one of every other kind."""
    catalog = folder / "models"
    catalog.mkdir()
    for name, file in weights.items():
        found = definition(name, file, f"https://files.test/{file.name}")
        (catalog / f"{name}.yaml").write_text(yaml.safe_dump(found))
    for name in (*KINDS, BIG):
        text = (PROJECT / "models" / f"{name}.yaml").read_text()
        (catalog / f"{name}.yaml").write_text(text)
    found = settings(POOLS, router=ROUTER)
    context, pools = resolve(STACK, found, read_catalog(folder))
    assert found.router
    return RouterArgs(context=context, settings=found.router, pools=pools)


def write_files(place: Path, args: RouterArgs, ports: dict[str, int]) -> None:
    """Write the files of the router's ConfigMap; the addresses of pools become ports here."""
    data: dict[str, str] = plain(files(args))["data"]
    for name, text in data.items():
        for url, port in ports.items() if name == CONFIG else ():
            assert url in text
            text = text.replace(url, f"http://{HOST}:{port}/v1")
        (place / name).write_text(text)


def names(pools: dict[str, Any]) -> set[str]:
    return {name for pool in pools.values() for name in (*pool["models"], *pool.get("aliases", ()))}


def test_it_lists_every_declared_model_and_alias_once_and_no_other(routed: Routed) -> None:
    status, text = routed.operator.ask("/v1/models")
    listed = [model["id"] for model in json.loads(text)["data"]]
    assert (status, sorted(listed)) == (200, sorted(names(POOLS)))


def test_a_chat_is_answered_by_the_pool_that_serves_the_name(routed: Routed) -> None:
    for name, answer in {
        "tiny-v1": "tiny-v1",
        "assistant": "tiny-v1",
        "tiny-v2": "tiny-v2",
    }.items():
        status, text = routed.operator.chat(name, "Who are you?")
        assert (status, f"I am {answer}." in text) == (200, True), text


def test_an_answer_can_be_streamed(routed: Routed) -> None:
    status, text = routed.operator.chat("assistant", FRANCE, stream=True)
    events = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    chunks = [json.loads(event)["choices"] for event in events[:-1]]
    words = [choice[0]["delta"].get("content") for choice in chunks if choice]
    assert (status, events[-1]) == (200, "[DONE]")
    assert "".join(word for word in words if word).strip() == "Paris"


def test_verify_passes_what_the_router_passes_on_and_says_which_pool_answered(
    routed: Routed,
) -> None:
    url = f"http://{HOST}:{routed.operator.port}"
    place = expected(routed.args.context, routed.args.pools[:2], url, routed=True)
    tls = ssl.create_default_context()
    found = asyncio.run(
        verified([place], lambda one, many: opened(one.url, MASTER, tls, many), lambda: None)
    )
    answers = [one for one in found if one.check is Check.ANSWERS]
    assert [one.text for one in answers if one.verdict is not Verdict.PASS] == []
    by = {one.name: one.answered_by for one in answers}
    assert by.pop("tiny-both") in ("chat.tiny-both", "second.tiny-both")
    assert by == {
        "tiny-v1": "chat.tiny-v1", "tiny-v2": "second.tiny-v2", "assistant": "chat.assistant",
    }  # fmt: skip


# LocalAI would load each of them but the first: by its path, with defaults.
UNDECLARED = ("gpt-4", "org/unknown-model", f"weights/{'0' * 64}/x.gguf", "openai/org/unknown", "*")
MESSAGES = [{"role": "user", "content": FRANCE}]
INFERENCE: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": MESSAGES},
    "/v1/completions": {"prompt": FRANCE},
    "/v1/embeddings": {"input": FRANCE},
    "/v1/rerank": {"query": FRANCE, "documents": ["Paris"]},
    "/v1/images/generations": {"prompt": FRANCE},
    "/v1/audio/speech": {"input": FRANCE, "voice": "v"},
    "/v1/responses": {"input": FRANCE},
    "/v1/messages": {"messages": MESSAGES, "max_tokens": 1},
    "/v1/ocr": {"document": {"type": "document_url", "document_url": "http://h/d"}},
    "/v1/videos": {"prompt": FRANCE},
    "/openai/deployments/{name}/chat/completions": {"messages": MESSAGES},
    "/engines/{name}/chat/completions": {"messages": MESSAGES},
    "/v1beta/models/{name}:generateContent": {"contents": [{"parts": [{"text": FRANCE}]}]},
}
FORMS = ("/v1/audio/transcriptions", "/v1/audio/translations", "/v1/images/edits")


@pytest.mark.parametrize("name", UNDECLARED)
def test_a_name_that_is_not_declared_is_refused_on_every_route(routed: Routed, name: str) -> None:
    before = len(routed.kinds.requests)
    for route, body in INFERENCE.items():
        status, text = routed.operator.ask(route.format(name=name), {"model": name, **body})
        assert 400 <= status < 500, f"{route}: {text}"
    for route in FORMS:
        form = upload({"model": name, "prompt": FRANCE}, b"RIFF")
        assert 400 <= routed.operator.send(route, *form)[0] < 500, route
    assert routed.kinds.requests[before:] == []


def test_a_declared_name_carries_no_other_one_to_a_server(routed: Routed) -> None:
    hidden = {"model": UNDECLARED[2]}
    body = {"model": KINDS[2], "prompt": "a cat", "extra_body": hidden}
    assert routed.operator.ask("/v1/images/generations", body)[0] == 200
    assert json.loads(routed.kinds.requests[-1].body)["model"] == KINDS[2]
    before = len(routed.kinds.requests)
    assert routed.operator.chat("gpt-4", FRANCE, fallbacks=[UNDECLARED[2]])[0] == 400
    assert routed.kinds.requests[before:] == []


# LiteLLM's own routes that pass any path on, to whatever provider a declared model has.
PASSING = (
    "vllm", "azure", "azure_ai", "openai", "openrouter", "mistral", "cohere", "nvidia_nim",
    "gigachat", "watsonx", "cursor", "bedrock",
)  # fmt: skip
MANAGEMENT = (
    "api/nodes", "api/nodes/n/drain", "api/nodes/scheduling", "models/unload", "backend/shutdown",
    "api/fine-tuning/jobs", "models/apply", "system",
)  # fmt: skip


@pytest.mark.parametrize("model", KINDS[1:3])
def test_no_path_of_administration_reaches_a_server(routed: Routed, model: str) -> None:
    before = len(routed.kinds.requests)
    passing = [f"{prefix}/{path}" for prefix in PASSING for path in MANAGEMENT[:2]]
    named = [f"{prefix}/openai/deployments/{model}/x" for prefix in ("azure", "azure_ai")]
    for path in (*MANAGEMENT, *(f"v1/{one}" for one in MANAGEMENT), *passing, *named):
        status, _ = routed.operator.ask(f"/{path}", {"model": model})
        assert status >= 400, path
    assert routed.kinds.requests[before:] == []


@pytest.mark.parametrize("key", ["", "wrong", "sk-wrong", MASTER.upper(), SERVERS])
def test_a_wrong_key_gets_401_everywhere_and_is_told_nothing(routed: Routed, key: str) -> None:
    stranger = routed.client(key)
    assert stranger.chat("assistant", FRANCE)[0] == 401
    for path in ("/v1/models", "/metrics/", "/model/info", "/health"):
        status, text = stranger.ask(path)
        assert status == 401, path
        assert "tiny" not in text


def test_health_needs_no_key_and_does_not_fall_with_a_server(routed: Routed) -> None:
    for path in ("/health/liveliness", "/health/readiness"):
        assert routed.client("").ask(path)[0] == 200


def test_a_client_sees_and_calls_only_what_its_key_opens(routed: Routed) -> None:
    client = routed.client(SECRETS["keys/chat-app"])
    status, text = client.ask("/v1/models")
    assert [model["id"] for model in json.loads(text)["data"]] == ["assistant"]
    assert client.chat("assistant", FRANCE)[0] == 200
    assert client.chat("tiny-v2", FRANCE)[0] == 403
    status, _ = client.ask("/v1/embeddings", {"model": "embedder", "input": "x"})
    assert status == 403


def test_a_key_has_a_limit_of_requests_a_minute(routed: Routed) -> None:
    client = routed.client(SECRETS["keys/slow-app"])
    answers = [client.chat("assistant", FRANCE)[0] for _ in range(4)]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_a_model_has_a_limit_of_requests_a_minute(routed: Routed) -> None:
    body = {"model": "embedder", "input": "x"}
    answers = [routed.operator.ask("/v1/embeddings", body)[0] for _ in range(4)]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_every_other_kind_reaches_its_server_in_the_form_that_localai_reads(routed: Routed) -> None:
    embedding, reranker, image, speech = KINDS
    documents = ["Rome", "Paris"]
    asked = {
        "/v1/embeddings": {"model": embedding, "input": "x"},
        "/v1/rerank": {"model": reranker, "query": "France", "documents": documents, "top_n": 2},
        "/v1/images/generations": {"model": image, "prompt": "a cat"},
    }
    answers: dict[str, Any] = {}
    for path, body in asked.items():
        status, text = routed.operator.ask(path, body)
        assert status == 200, text
        answers[path] = json.loads(text)
        sent = next(one for one in reversed(routed.kinds.requests) if one.path == path)
        assert sent.key == SERVERS
        assert body.items() <= json.loads(sent.body).items()
    assert answers["/v1/embeddings"]["data"][0]["embedding"] == [0.25, 0.5]
    assert [one["index"] for one in answers["/v1/rerank"]["results"]] == [1, 0]
    assert answers["/v1/images/generations"]["data"][0]["url"].endswith("a.png")
    status, text = routed.operator.send(
        "/v1/audio/transcriptions", *upload({"model": speech}, b"RIFF")
    )
    assert (status, json.loads(text)["text"]) == (200, "hello")
    assert f'name="model"\r\n\r\n{speech}'.encode() in routed.kinds.requests[-1].body


def upload(fields: dict[str, str], content: bytes) -> tuple[bytes, str]:
    """Return the body of a form with a file, and its type."""
    lines = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    return "".join(
        [*lines, head]
    ).encode() + content + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"


def asked(routed: Routed, path: str) -> int:
    return sum(one.path == path for one in routed.kinds.requests)


def statuses(routed: Routed, model: str) -> dict[str, float]:
    """Return how many answers were counted for a model, by status."""
    found: dict[str, float] = {}
    for one, value in routed.series().items():
        if one.startswith(f"{REQUESTS.name}{{") and f'requested_model="{model}"' in one:
            status = one.partition('status_code="')[2][:3]
            found[status] = found.get(status, 0) + value
    return found


def test_a_prompt_that_surely_is_too_long_reaches_no_server(routed: Routed) -> None:
    before = asked(routed, CHAT)
    status, text = routed.operator.chat(BIG, "word " * (5 * LONGEST))
    assert status == 400, text
    assert "Context Window exceeded" in text
    assert asked(routed, CHAT) == before


def test_a_prompt_that_a_server_finds_too_long_is_a_mistake_of_the_client(routed: Routed) -> None:
    before = asked(routed, CHAT)
    status, text = routed.operator.chat(BIG, "word " * (2 * LONGEST))
    assert status == 400, text
    assert "exceeds the available context size" in text
    assert asked(routed, CHAT) == before + 1
    assert set(statuses(routed, BIG)) == {"400"}


def test_so_is_an_input_or_a_document_that_a_server_finds_too_long(routed: Routed) -> None:
    embedding, reranker, *_ = KINDS
    text = "word " * (2 * LONGEST)
    for path, model, body in (
        ("/v1/embeddings", embedding, {"input": text}),
        ("/v1/rerank", reranker, {"query": "x", "documents": [text]}),
    ):
        status, told = routed.operator.ask(path, {"model": model, **body})
        assert (status, "is too large to process" in told) == (400, True), told
        counted = statuses(routed, model)
        assert counted["400"] == 1
        assert "500" not in counted


def test_a_long_prompt_in_a_language_that_litellm_miscounts_is_answered(routed: Routed) -> None:
    # 4000 words, of which the router's tokenizer makes far more tokens than fit.
    status, text = routed.operator.chat(BIG, "नमस्ते " * 4000)
    assert status == 200, text


def test_it_counts_what_we_read_under_these_names_and_labels_only(routed: Routed) -> None:
    assert routed.operator.chat("tiny-v1", FRANCE, stream=True)[0] == 200
    series = routed.series()
    labels = {metric.name: set(metric.labels) for metric in METRICS}
    seen: set[str] = set()
    for one in series:
        name, _, rest = re.sub(r"_(bucket|sum|count|created)(?=\{|$)", "", one).partition("{")
        found = labels.get(name, labels.get(f"{name}_total"))
        assert found is not None, one
        seen |= {name, f"{name}_total"} & set(labels)
        assert set(re.findall(r'(\w+)="', rest)) - {"le"} <= found, one
    # The other three need a failing server; they are looked at below.
    assert len(set(labels) - seen) <= 3


def test_a_made_up_name_or_key_makes_no_new_series(routed: Routed) -> None:
    for turn in range(3):
        routed.operator.chat(f"made-up-{turn}", FRANCE)
        routed.client(f"wrong-{turn}").chat("assistant", FRANCE)
    text = " ".join(routed.series())
    assert "made-up" not in text
    assert "wrong-" not in text
    assert 'requested_model="other"' in text


def test_it_writes_no_key_into_its_log(routed: Routed) -> None:
    text = routed.log.read_text()
    assert not [name for name, key in SECRETS.items() if key in text]


def test_when_a_server_is_gone_others_answer_for_it_and_it_is_counted(routed: Routed) -> None:
    # Told to end, it ends its engine too; killed, it would leave it behind.
    routed.second.terminate()
    routed.second.wait()
    status, text = routed.operator.chat("tiny-v2", "Who are you?")
    assert (status, "I am tiny-v1." in text) == (200, True), text
    for _ in range(4):
        status, text = routed.operator.chat("tiny-both", "Who are you?")
        assert (status, "I am tiny-both." in text) == (200, True), text
    series = routed.series()
    assert any(
        one.startswith("litellm_deployment_successful_fallbacks_total{")
        and 'requested_model="tiny-v2"' in one
        and 'fallback_model="assistant"' in one
        for one in series
    )
    failures = [
        one for one in series if one.startswith("litellm_deployment_failure_responses_total")
    ]
    assert any('model_id="second.tiny-v2"' in one for one in failures)
    state = {one: value for one, value in series.items() if "_deployment_state{" in one}
    assert any('model_id="second.tiny-v2"' in one and value > 0 for one, value in state.items())


def test_requests_are_counted_by_model_and_status(routed: Routed) -> None:
    counted = [one for one in routed.series() if one.startswith(f"{REQUESTS.name}{{")]
    for wanted in ('requested_model="tiny-v1"', 'model_id="chat.tiny-v1"', 'status_code="200"'):
        assert any(wanted in one for one in counted), counted
