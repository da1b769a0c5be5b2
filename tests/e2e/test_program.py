"""The committed stacks on the real engine and a real API server, with real scheduling."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from gitops.planning.checkout import declared
from gitops.planning.plan import stack_plan
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine
from tests.e2e.interruption import declared_names
from tests.e2e.live import differences
from tests.e2e.program import edit, objects, running, settings

pytestmark = pytest.mark.e2e


@pytest.fixture
def dev(cluster: Sandbox, tmp_path: Path) -> Generator[Engine]:
    with running(cluster, tmp_path, "dev") as made:
        yield made


def without_charts(made: Engine) -> None:
    """Leave the charts out: the engine would wait for an Argo CD that is not in this cluster."""
    if "localai:charts" in settings(made):
        edit(made, charts=None)


def counts(told: str) -> dict[str, int]:
    """Return the tally that the engine prints at the end of an update."""
    tally: dict[str, int] = {}
    for line in told.partition("Resources:")[2].splitlines():
        words = line.replace("+-", " ").replace("+", " ").replace("~", " ").split()
        if len(words) == 2 and words[0].isdigit():
            tally[words[1]] = int(words[0])
    return tally


@pytest.mark.parametrize(
    "stack", [pytest.param("dev", marks=pytest.mark.core), "staging", "production"]
)
def test_a_stack_comes_up_a_second_run_changes_nothing_and_plan_and_engine_agree(
    cluster: Sandbox, tmp_path: Path, stack: str
) -> None:
    with running(cluster, tmp_path, stack) as made:
        without_charts(made)
        made.up()
        assert set(objects(made)) == declared_names(made)
        assert counts(made.up()) == {"unchanged": len(made.state()["deployment"]["resources"]) - 1}
        assert differences(made) == []
        made.destroy()


EDITS = {
    "a model is added": {
        "pools__chat__models": ["qwen3-0.6b", "llama-3.2-1b-instruct", "qwen3-1.7b"]
    },
    "a model is removed": {"pools__chat__models": ["qwen3-0.6b"]},
    "an alias moves": {"pools__chat__aliases": {"assistant": "llama-3.2-1b-instruct"}},
    "replicas change": {"pools__chat__replicas": 0},
    "threads change": {"pools__embeddings__cpu": 3},
    "the server changes": {"server": {"version": "v4.8.2"}},
    "the engines come from image volumes": {
        "server": {"version": "v4.9.0", "engines": "image-volume"}
    },
    "a pool is added": {"pools__speech": {"models": ["whisper-base"], "storage": {"size": "5Gi"}}},
}


@pytest.mark.core
def test_the_plan_foretells_the_steps_of_the_engine(dev: Engine) -> None:
    dev.up()
    committed = (dev.program / "Pulumi.dev.yaml").read_text()
    (base,) = declared(dev.program, ["dev"])
    for name, change in EDITS.items():
        edit(dev, **change)
        (head,) = declared(dev.program, ["dev"])
        planned = {step for item in stack_plan(base, head).objects for step in item.steps}
        assert engine_changes(dev) == planned, name
        (dev.program / "Pulumi.dev.yaml").write_text(committed)


def engine_changes(made: Engine) -> set[tuple[str, str]]:
    """Return what a preview of the engine does, one word a URN, components left out."""
    words = {"create": "create", "update": "update", "replace": "replace", "delete": "delete"}
    return {
        (step["urn"], words[step["op"]])
        for step in made.steps()
        if step["op"] in words
        and not step["urn"]
        .rsplit("::", 2)[1]
        .rsplit("$", 1)[-1]
        .startswith(("localai:", "pulumi:"))
    }


def test_every_edit_users_make_converges_and_then_nothing_is_left_to_do(dev: Engine) -> None:
    dev.up()
    committed = (dev.program / "Pulumi.dev.yaml").read_text()
    for name, change in EDITS.items():
        edit(dev, **change)
        dev.up()
        assert dev.steps() == [], name
        (dev.program / "Pulumi.dev.yaml").write_text(committed)


def test_a_pool_moves_to_other_nodes_in_two_changes_and_in_one_it_is_refused(dev: Engine) -> None:
    (base,) = declared(dev.program, ["dev"])
    dev.up()
    edit(dev, pools__chat__gpu="nvidia-l4")
    (moved,) = declared(dev.program, ["dev"])
    assert "its Jobs could not be scheduled" in str(stack_plan(base, moved).refusals[0])
    edit(dev, pools__chat__gpu=None, pools__chat__replicas=0)
    (parked,) = declared(dev.program, ["dev"])
    dev.up()
    edit(dev, pools__chat__gpu="nvidia-l4", pools__chat__replicas=1)
    (moved,) = declared(dev.program, ["dev"])
    assert stack_plan(parked, moved).refusals == ()
    dev.up()


def test_weights_arrive_before_the_pods_change(dev: Engine) -> None:
    dev.up()
    edit(dev, **EDITS["a model is added"])
    names = [step["urn"].rsplit("::", 1)[-1] for step in dev.steps()]
    (job,) = (name for name in names[: len(names) // 2] if name.startswith("pool-chat-weights-job"))
    assert names.index(job) < names.index("pool-chat-deployment")


def test_a_destroy_keeps_the_claims_and_adoption_takes_them_over(dev: Engine) -> None:
    dev.up()
    before = {name for name in objects(dev) if name.startswith("PersistentVolumeClaim/")}
    dev.destroy()
    assert set(objects(dev)) == before
    assert "already exists" in dev.run("up", "--yes", "--skip-preview").stdout
    edit(dev, claims={"adopt": True})
    dev.up()
    assert before < set(objects(dev))
    assert dev.steps() == []


def test_a_claim_of_another_class_is_left_behind_and_taken_back_in_one_update_each(
    dev: Engine,
) -> None:
    dev.up()
    first = (dev.program / "Pulumi.dev.yaml").read_text()
    known = {name for name in objects(dev) if name.startswith("PersistentVolumeClaim/")}
    edit(
        dev,
        pools__chat__storage={"size": "20Gi", "class": "fast"},
        claims={"abandon": ["localai-chat-storage"]},
    )
    dev.up()
    (other,) = {name for name in objects(dev) if name.startswith("PersistentVolume")} - known
    (dev.program / "Pulumi.dev.yaml").write_text(first)
    edit(dev, claims={"adopt": True, "abandon": [other.partition("/")[2]]})
    dev.up()
    assert dev.steps() == []


def test_an_update_from_code_without_force_changes_the_provider_in_place(dev: Engine) -> None:
    provider = dev.program / "components/engine/component.py"
    text = provider.read_text()
    provider.write_text(text.replace('"enablePatchForce": True', '"enablePatchForce": None'))
    dev.up()
    provider.write_text(text)
    changed = {step["urn"].rsplit("::", 1)[-1]: step["op"] for step in dev.steps()}
    assert changed == {"cluster": "update"}


def test_the_generated_key_reaches_the_secret_and_nothing_else(dev: Engine) -> None:
    told = dev.up()
    encoded = objects(dev)["Secret/localai-api-key"]["data"]["api-key"]
    key = __import__("base64").b64decode(encoded).decode()
    assert len(key) == 48
    texts = {
        "update": told,
        "state": json.dumps(dev.state()),
        "preview": dev.do("preview", "--json"),
        "outputs": dev.do("stack", "output", "--json"),
        "pods": dev.sandbox.kubectl(
            "--namespace", settings(dev)["localai:namespace"], "get", "pods,events", "-oyaml"
        ),
    }
    assert [name for name, text in texts.items() if key in text or encoded in text] == []
    state_files = [path for path in (dev.folder / "state").rglob("*") if path.is_file()]
    assert [path for path in state_files if key.encode() in path.read_bytes()] == []


def test_configuration_that_the_engine_keeps_encrypted_is_refused(dev: Engine) -> None:
    dev.do("config", "set", "--secret", "localai:namespace", "hunter2")
    told = dev.run("up", "--yes", "--skip-preview")
    assert told.returncode != 0
    assert "localai:namespace: holds a secret, which would reach the engine's state" in told.stdout
    texts = [told.stdout, told.stderr, json.dumps(dev.state())]
    assert not [text for text in texts if "hunter2" in text]


def test_pods_land_on_the_nodes_of_their_profile(cluster: Sandbox, tmp_path: Path) -> None:
    with running(cluster, tmp_path, "production") as made:
        without_charts(made)
        made.up()
        listed = made.sandbox.kubectl(
            "--namespace", "localai-production", "get", "pods", "--output=json"
        )
        nodes = {
            pod["metadata"]["labels"]["localai.gitops/pool"]: pod["spec"]["nodeName"]
            for pod in json.loads(listed)["items"]
            if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "server"
        }
        assert {pool: node.rsplit("-", 1)[0] for pool, node in nodes.items()} == {
            "chat": "nvidia-l40s",
            "embeddings": "cpu",
            "images": "nvidia-l4",
            "speech": "nvidia-l4",
        }
        made.destroy()
