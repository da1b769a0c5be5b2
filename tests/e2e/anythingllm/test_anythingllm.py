"""docs/anythingllm.md in a cluster: real pods of the stand-in, Jobs, claims, and a real router."""

import json
import shutil
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from components.network.chat_application import OBJECT
from documents.problem import RefusedError
from sandbox.cluster.sandbox import Sandbox
from settings.anythingllm import IMAGE
from tests.e2e.anythingllm.client import PASSWORD
from tests.e2e.anythingllm.containers import BUCKET
from tests.e2e.anythingllm.deployed import (
    BROKEN,
    CHAT,
    LARGE,
    NEWER,
    SECRETS,
    SMALL,
    Deployed,
    deployed,
)
from tests.e2e.registry.stores import ObjectStore, object_store
from tests.e2e.routing.loopback import wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3") / "weed", BUCKET) as made:
        yield made


@pytest.fixture(scope="module")
def there(
    cluster: Sandbox, store: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Deployed]:
    with deployed(cluster, tmp_path_factory.mktemp("anythingllm"), store) as made:
        made.sync()
        made.client.fill(3)
        yield made


def answer(there: Deployed) -> tuple[str, int]:
    return there.client.answer()


def test_it_answers_from_documents_with_the_models_of_its_stack(there: Deployed):
    there.served.asked.clear()

    assert answer(there) == ("as the documents say", 3)

    assert there.served.asked == [("/v1/embeddings", SMALL), ("/v1/chat/completions", CHAT)]


def test_nobody_gets_in_without_the_password(there: Deployed):
    assert there.client.ask("/api/system/generate-api-key", {})[0] == 401
    assert there.client.ask("/api/v1/workspaces", None, "wrong")[0] == 403
    assert there.client.ask("/api/ping")[1] == {"online": True}


def test_its_pod_ends_in_seconds_though_its_first_process_ignores_the_signal(there: Deployed):
    begun = time.monotonic()
    there.kubectl("delete", "pod", "--selector=app.kubernetes.io/component=anythingllm")
    seconds = time.monotonic() - begun
    there.kubectl("rollout", "status", f"deployment/{OBJECT}", "--timeout=120s")

    assert seconds < 30
    assert answer(there)[1] == 3


def test_a_copy_is_taken_and_proved_by_jobs_on_the_node_of_the_pod(there: Deployed):
    keeper = there.keeper()

    assert "read it back" in "".join(keeper.backed_up())
    assert any("_1.16.0.tar" in one for one in keeper.listed())
    assert "proved" in "".join(keeper.done(f"{OBJECT}-rehearsal", {}))


def test_what_is_lost_is_restored_from_the_copy_and_answers_at_once(
    there: Deployed, record_property: Callable[[str, object], None]
):
    keeper = there.keeper()
    keeper.backed_up()
    keeper.scale(0)
    for one in there.storage.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    begun = time.monotonic()

    keeper.restored("latest", over=False)
    keeper.scale(1)

    record_property("seconds until it answers", round(time.monotonic() - begun))
    assert answer(there)[1] == 3


def test_living_data_is_replaced_with_the_word_alone(there: Deployed):
    keeper = there.keeper()
    with pytest.raises(RefusedError, match="add `--over living-data`"):
        keeper.restored("latest", over=False)

    keeper.restored("latest", over=True)

    assert answer(there)[1] == 3


def test_another_model_without_its_job_never_answers(there: Deployed):
    there.sandbox.apply(there.objects("ConfigMap"))
    there.sandbox.apply(there.objects("Deployment", embeddings=LARGE))

    wait_until(lambda: f"embedded with {SMALL}, and declared is {LARGE}" in said(there),
               there.story, 120)  # fmt: skip

    there.sync()
    assert answer(there)[1] == 3


def said(there: Deployed, container: str = "guard") -> str:
    """Return the last words of a container of every pod."""
    labels = "--selector=app.kubernetes.io/component=anythingllm"
    logs = there.kubectl("get", "pods", labels, "--output=jsonpath={.items[*].metadata.name}")
    return "".join(there.sandbox.run(
        [there.sandbox.tools.program("kubectl"), "--namespace", "localai-documents", "logs", one,
         f"--container={container}", "--tail=50"]).stdout for one in logs.split())  # fmt: skip


def test_another_model_embeds_every_document_again_before_the_pod_changes(there: Deployed):
    copies = len(there.keeper().listed())

    there.sync(embeddings=LARGE)

    there.served.asked.clear()
    assert answer(there)[1] == 3
    assert there.served.asked[0] == ("/v1/embeddings", LARGE)
    assert len(there.keeper().listed()) == copies + 1
    mark = json.loads((there.storage / "localai-gitops.json").read_text())
    assert mark["embeddings"] == LARGE


def test_another_release_is_copied_before_and_an_older_one_never_starts(there: Deployed):
    there.sync(image=NEWER)
    names = [one.split()[0] for one in there.keeper().listed()]
    assert any("_before-1.17.0" in one for one in names)
    assert answer(there)[1] == 3

    with pytest.raises(AssertionError):
        there.sync(image=IMAGE)
    # The Job was refused, so the newer one still answers.
    assert answer(there)[1] == 3


def test_a_copy_of_the_newer_release_is_not_put_under_the_older_one(there: Deployed):
    mark = there.storage / "localai-gitops.json"
    kept = mark.read_text()
    mark.write_text(json.dumps({**json.loads(kept), "version": "1.17.0"}))
    there.keeper().backed_up()
    mark.write_text(kept)

    with pytest.raises(RefusedError, match=r"declare 1\.17\.0, or restore"):
        there.keeper().restored("latest", over=True)
    assert answer(there)[1] == 3


def test_a_migration_that_fails_is_undone_by_the_copy_before_it(there: Deployed):
    there.sync(image=NEWER)
    found = there.objects(image=BROKEN)
    there.sandbox.apply([one for one in found if one["kind"] != "Deployment"])
    there.ended(next(one["metadata"]["name"] for one in found if one["kind"] == "Job"))
    there.sandbox.apply([one for one in found if one["kind"] == "Deployment"])
    wait_until(lambda: "P3018" in said(there, "anythingllm"), there.story, 120)

    # The release of before is declared again, and does not start on what was left half done.
    there.sandbox.apply(there.objects())
    wait_until(lambda: "cannot read it" in said(there), there.story, 120)
    names = [one.split()[0] for one in there.keeper().listed()]
    (copy,) = [one for one in names if "_before-1.18.0" in one]
    there.keeper().restored(copy, over=True)

    assert answer(there)[1] == 3


def test_declared_users_log_in_each_with_the_first_password(there: Deployed):
    users = {"secret": "people", "admin": "keeper", "others": ["ada"]}
    (job,) = (
        one for one in there.objects("Job", users=users) if "-users-" in one["metadata"]["name"]
    )
    there.sandbox.apply([job])
    there.ended(job["metadata"]["name"])

    assert there.client.ask("/api/request-token", {"password": PASSWORD})[1]["valid"] is False
    for name, word in SECRETS["people"].items():
        login = {"username": name, "password": word}
        assert there.client.ask("/api/request-token", login)[1]["valid"] is True
    # Who is logged in as somebody else makes no users.
    assert there.client.ask("/api/admin/users", key="not-a-token")[0] == 401


def gone(there: Deployed) -> None:
    """Delete all that is declared, but for the claim and the Service, whose address pods know."""
    for one in there.objects():
        if one["kind"] not in ("PersistentVolumeClaim", "Service"):
            there.kubectl("delete", one["kind"], one["metadata"]["name"], "--ignore-not-found")


def test_it_goes_whole_and_leaves_its_claim(there: Deployed):
    gone(there)

    left = there.kubectl("get", "pvc", "--output=name").split()
    assert f"persistentvolumeclaim/{OBJECT}-storage-local" in left
    assert Path(there.storage / "anythingllm.db").is_file()
