"""A model served end to end: the declared objects, our Job, a real llama.cpp, real answers."""

import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.engine import EngineError
from tests.e2e.program import edit, settings
from tests.e2e.serving import Served, serving

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


def test_every_declared_name_is_served_and_no_other(served: Served) -> None:
    assert served.names() == declared_names(served) == ["assistant", "tiny-v1"]


def test_a_chat_is_answered_under_the_name_and_its_alias(served: Served) -> None:
    answers = {name: served.answer(name, FRANCE) for name in ("tiny-v1", "assistant")}
    assert answers == {"tiny-v1": " Paris", "assistant": " Paris"}
    assert served.answer("tiny-v1", "Who are you?") == " I am tiny-v1."


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
    name = 'localai_tokens_total{kind="completion",served_model="tiny-v1",user=""} '
    (count,) = [line.removeprefix(name) for line in text.splitlines() if line.startswith(name)]
    assert int(count) >= 2


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


def test_weights_with_a_wrong_digest_change_nothing(served: Served) -> None:
    models = settings(served.engine)["localai:pools"]["chat"]["models"]
    place = served.add_model("tiny-v3", sha256="0" * 64)
    edit(served.engine, pools__chat__models=[*models, "tiny-v3"])
    before, names = server_pod(served), served.names()
    with ThreadPoolExecutor() as threads:
        update = threads.submit(served.engine.up)
        job = give_up_after_the_first_failure(served)
        with pytest.raises(EngineError):
            update.result()
    told = served.kubectl("logs", f"job/{job}")
    assert f"expected {'0' * 64}; deleted" in told
    assert [path.name for path in place.parent.iterdir()] == []
    assert server_pod(served) == before
    assert served.names() == names
    assert served.answer("tiny-v1", FRANCE) == " Paris"
    edit(served.engine, pools__chat__models=models)
    served.engine.up()
    assert served.engine.steps() == []
    assert server_pod(served) == before


def give_up_after_the_first_failure(served: Served) -> str:
    """Cut the tries of the Job that has failed once, and name it: the pauses take minutes."""

    def failed() -> list[str]:
        jobs = served.objects("jobs", "weights")
        return [job["metadata"]["name"] for job in jobs if job["status"].get("failed")]

    wait_until(lambda: bool(failed()), "No weights Job failed", seconds=60)
    (name,) = failed()
    served.kubectl("patch", "job", name, "--patch", '{"spec": {"backoffLimit": 0}}')
    return name


def test_a_new_pod_needs_no_download(served: Served) -> None:
    before, fetched = server_pod(served), served.source.requests()
    served.kubectl("delete", "pods", "--selector=app.kubernetes.io/component=server")
    served.kubectl("rollout", "status", "deployment/localai-chat", "--timeout=60s")
    assert server_pod(served) != before
    assert served.answer("tiny-v1", FRANCE) == " Paris"
    assert served.source.requests() == fetched
