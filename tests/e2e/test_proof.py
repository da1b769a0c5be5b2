"""The Job that verifies, on a real node: what it says of a good stack, and of one that lies."""

import json
from collections.abc import Generator
from typing import Any

import pytest

from components.checks.resolve import resolve
from gitops.acceptance.inside import SELECTOR, Proof, State, proofs
from models.catalog import read_catalog
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import EngineError
from sandbox.serving.tiny_model import BAD_ANSWER
from settings.file import read_stack_file
from tests.e2e.program import edit
from tests.e2e.serving import Served, serving

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def served(cluster: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with serving(cluster, tmp_path_factory.mktemp("proof")) as made:
        made.engine.up()
        yield made


def listed(served: Served, kind: str) -> list[dict[str, Any]]:
    text = served.kubectl("get", kind, f"--selector={SELECTOR}", "--output=json")
    return json.loads(text)["items"]


def proof(served: Served) -> Proof:
    """Return what the Jobs in the cluster have proven of what the program declares now."""
    found = read_stack_file(served.engine.program, served.engine.stack).settings
    _, pools = resolve(served.engine.stack, found, read_catalog(served.engine.program))
    (one,) = proofs(pools, listed(served, "jobs"), listed(served, "pods"))
    return one


def test_a_stack_that_serves_is_proven_by_the_update_that_made_it(served: Served) -> None:
    assert (proof(served).state, proof(served).why) == (State.PROVEN, "")
    (pod,) = listed(served, "pods")
    (status,) = pod["status"]["containerStatuses"]
    left = json.loads(status["state"]["terminated"]["message"])
    assert (left["passed"], left["stack"], left["pool"], left["why"]) == (True, "tiny", "chat", [])
    log = served.kubectl("logs", f"job/{proof(served).job}")
    assert "1 of 1 files were read, as their digests say" in log
    assert "leads    assistant: leads to tiny-v1" in log


def test_a_model_that_answers_rubbish_fails_the_update_and_says_why(served: Served) -> None:
    served.add_model("tiny-v2", bad=True)
    edit(served.engine, pools__chat__models=["tiny-v1", "tiny-v2"])
    with pytest.raises(EngineError, match="errored"):
        served.engine.up()
    found = proof(served)
    assert found.state is State.FAILED
    assert "answers tiny-v2: its answer to 'What is the capital of France?' is" in found.why
    assert repr(BAD_ANSWER.strip()) in found.why
    # It was applied all the same: what serves, serves.
    assert served.answer("tiny-v1", "What is the capital of France?") == " Paris"
    edit(served.engine, pools__chat__models=["tiny-v1"])
    served.engine.up()
    assert proof(served).state is State.PROVEN


def test_what_somebody_put_on_the_volume_is_listed(served: Served) -> None:
    (served.volume / "models" / "loose.gguf").write_bytes(b"GGUF")
    served.kubectl("delete", "job", proof(served).job)
    assert proof(served).state is State.NOT_YET
    with pytest.raises(EngineError, match="errored"):
        served.engine.do("up", "--refresh", "--yes", "--skip-preview")
    found = proof(served)
    assert found.state is State.FAILED
    assert "added models: nobody declared 'loose.gguf'" in found.why
