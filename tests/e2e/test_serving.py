"""A model served end to end: the declared objects, our Job, a real llama.cpp, real answers."""

import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.engine import EngineError
from sandbox.errors import SandboxError
from sandbox.serving.local_volumes import LOCAL_CLASS, add_local_volume
from tests.e2e.program import edit, settings
from tests.e2e.serving import NAMESPACE, Served, serving

pytestmark = pytest.mark.e2e

FRANCE = "What is the capital of France?"


@pytest.fixture(scope="module")
def served(cluster: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with serving(cluster, tmp_path_factory.mktemp("serving")) as made:
        made.engine.up()
        yield made


def server_pod(served: Served) -> str:
    """Return the id of the only pod that serves and is not on its way out."""
    pods = served.objects("pods", "server")
    (uid,) = [p["metadata"]["uid"] for p in pods if "deletionTimestamp" not in p["metadata"]]
    return uid


def declared_names(served: Served) -> list[str]:
    pool = settings(served.engine)["localai:pools"]["chat"]
    return sorted([*pool["models"], *pool["aliases"]])


@pytest.mark.core
def test_every_declared_name_is_served_and_no_other(served: Served) -> None:
    assert served.names() == declared_names(served) == ["assistant", "tiny-v1"]


@pytest.mark.core
def test_a_chat_is_answered_under_the_name_and_its_alias(served: Served) -> None:
    answers = {name: served.answer(name, FRANCE) for name in ("tiny-v1", "assistant")}
    assert answers == {"tiny-v1": " Paris", "assistant": " Paris"}
    assert served.answer("tiny-v1", "Who are you?") == " I am tiny-v1."


@pytest.mark.core
def test_an_answer_can_be_streamed(served: Served) -> None:
    status, text = served.chat("tiny-v1", FRANCE, stream=True)
    events = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    chunks = [json.loads(event)["choices"] for event in events[:-1]]
    words = [choice[0]["delta"].get("content") for choice in chunks if choice]
    assert (status, events[-1]) == (200, "[DONE]")
    assert "".join(word for word in words if word) == " Paris"


def test_a_name_that_is_not_declared_is_not_found(served: Served) -> None:
    status, text = served.chat("gpt-4", FRANCE)
    assert (status, "gpt-4" in text) == (404, True)


@pytest.mark.core
def test_only_health_is_told_without_the_key(served: Served) -> None:
    paths = ("/v1/models", "/metrics", "/system", "/readyz", "/healthz")
    found = {path: served.ask(path, key="")[0] for path in paths}
    assert found == {
        "/v1/models": 401, "/metrics": 401, "/system": 401, "/readyz": 200, "/healthz": 200,
    }  # fmt: skip
    assert served.ask("/v1/models", key="wrong")[0] == 401


def test_tokens_are_counted_under_the_model_that_answered(served: Served) -> None:
    served.answer("assistant", FRANCE)
    _, text = served.ask("/metrics")
    lines = [line for line in text.splitlines() if line.startswith("localai_tokens_total{")]
    wanted = {'kind="completion"', 'served_model="tiny-v1"', 'user="legacy-api-key"'}
    counts = [line.rpartition(" ")[2] for line in lines if all(one in line for one in wanted)]
    assert len(counts) == 1, text
    assert float(counts[0]) >= 2


def test_the_server_has_no_rights_that_it_does_not_need(served: Served) -> None:
    script = (
        "import os\n"
        "def writable(folder):\n"
        "    try: open(folder + '/x', 'w').close()\n"
        "    except OSError: return False\n"
        "    return True\n"
        "tried = ['/', '/models', '/var/lib/local-ai/backends', '/etc/localai', '/tmp', '/data']\n"
        "print(os.getuid(), [folder for folder in tried if writable(folder)])\n"
    )
    shown = served.kubectl(
        "exec", "deployment/localai-chat", "--container=server", "--", "python3", "-c", script
    )
    assert shown.strip() == "10001 ['/tmp', '/data']"


def test_a_model_is_added_while_the_old_pod_serves_and_nothing_is_fetched_twice(
    served: Served,
) -> None:
    served.add_model("tiny-v2")
    edit(served.engine, pools__chat__models=["tiny-v1", "tiny-v2"])
    before = server_pod(served)
    with ThreadPoolExecutor() as threads:
        with served.source.held("tiny-v2.gguf"):
            update = threads.submit(served.engine.up)
            wait_until(lambda: "tiny-v2.gguf" in served.source.requests(), "No fetch", seconds=60)
            assert server_pod(served) == before
            assert served.answer("tiny-v1", FRANCE) == " Paris"
            assert served.names() == ["assistant", "tiny-v1"]
        update.result()
    assert server_pod(served) != before
    assert served.names() == declared_names(served) == ["assistant", "tiny-v1", "tiny-v2"]
    assert served.answer("tiny-v2", "Who are you?") == " I am tiny-v2."
    assert served.source.requests() == ["tiny-v1.gguf", "tiny-v2.gguf"]


def test_weights_with_a_wrong_digest_end_their_job_at_once_and_change_nothing(
    served: Served,
) -> None:
    models = settings(served.engine)["localai:pools"]["chat"]["models"]
    place = served.add_model("tiny-v3", sha256="0" * 64)
    edit(served.engine, pools__chat__models=[*models, "tiny-v3"])
    before, names = server_pod(served), served.names()
    with pytest.raises(EngineError):
        served.engine.up()
    (job,) = [job for job in served.objects("jobs", "weights") if job["status"].get("failed")]
    ends = {one["type"]: one["reason"] for one in job["status"]["conditions"]}
    assert (job["status"]["failed"], ends["Failed"]) == (1, "PodFailurePolicy")
    told = served.kubectl("logs", f"job/{job['metadata']['name']}")
    assert f"expected {'0' * 64}; deleted" in told
    assert not place.parent.exists()
    assert server_pod(served) == before
    assert served.names() == names
    assert served.answer("tiny-v1", FRANCE) == " Paris"
    edit(served.engine, pools__chat__models=models)
    served.engine.up()
    assert served.engine.steps() == []
    assert server_pod(served) == before


def test_a_new_pod_needs_no_download(served: Served) -> None:
    before, fetched = server_pod(served), served.source.requests()
    served.kubectl("delete", "pods", "--selector=app.kubernetes.io/component=server")
    served.kubectl("rollout", "status", "deployment/localai-chat", "--timeout=60s")
    assert server_pod(served) != before
    assert served.answer("tiny-v1", FRANCE) == " Paris"
    assert served.source.requests() == fetched


def test_a_key_rotates_in_three_steps_and_callers_always_have_one_that_works(
    served: Served,
) -> None:
    old = served.key()
    edit(served.engine, apiKey={"generated": 0, "also": {"generated": 1}})
    served.engine.up()
    new, before = served.key("localai-api-key-1"), server_pod(served)
    assert new != old
    accepted = {key: served.ask("/v1/models", key=key)[0] for key in (old, new, f"{old},{new}")}
    assert accepted == {old: 200, new: 200, f"{old},{new}": 401}
    edit(served.engine, apiKey={"generated": 1, "also": {"generated": 0}})
    served.engine.up()
    assert server_pod(served) == before
    edit(served.engine, apiKey={"generated": 1})
    served.engine.up()
    assert [served.ask("/v1/models", key=key)[0] for key in (old, new)] == [401, 200]
    assert "localai-api-key-1" in served.kubectl("get", "secrets", "--output=name")
    with pytest.raises(SandboxError, match="NotFound"):
        served.key()


def test_a_pool_that_reads_anothers_claim_serves_a_copy_that_nobody_fetched_for_it(
    served: Served,
) -> None:
    add_local_volume(served.engine.sandbox, f"{NAMESPACE}-cache")
    fetched = served.source.requests()
    chat = settings(served.engine)["localai:pools"]["chat"]
    cache = {"size": "1Gi", "class": LOCAL_CLASS}
    lent = {"from": "chat", "cache": cache}
    # Two servers take all that the one real node has: none is left for a Job that verifies.
    guest = {**chat, "models": ["tiny-v2"], "aliases": {}, "storage": lent}
    edit(served.engine, pools__guest=guest, verify=False)
    served.engine.up()
    key = served.key("localai-api-key-1")
    assert served.names("guest", key=key) == ["tiny-v2"]
    assert served.source.requests() == fetched
    (copy,) = served.engine.sandbox.layout.volumes.glob(f"{NAMESPACE}-cache/models/weights/*/*")
    assert copy.name == "tiny-v2.gguf"
    jobs = {
        job["metadata"]["labels"]["localai.gitops/pool"]
        for job in served.objects("jobs", "weights")
    }
    assert jobs == {"chat"}
