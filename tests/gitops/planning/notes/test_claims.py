import pytest

from gitops.planning.notes.claims import claim_notes
from gitops.planning.plan import StackPlan, stack_plan
from tests.gitops.stacks import Config, Edit, changed, in_pool, rendered, said, stack_file

CLAIM = "localai-talk-storage"


def notes(plan: StackPlan) -> list[str]:
    return [note for note in said(plan.notes) if note.startswith("claim ")]


def test_a_claim_that_grows_says_by_what_and_that_nothing_restarts():
    plan = changed(in_pool("talk", storage={"size": "80Gi"}))
    (note,) = notes(plan)
    assert f"{CLAIM} grows from 60Gi to 80Gi in place" in str(note)
    assert "no pod restarts" in str(note)
    assert not any(change.kind in ("Deployment", "Job") for change in plan.objects)


def abandoning(edit: Edit) -> Edit:
    def both(config: Config) -> None:
        edit(config)
        config["claims"] = {"abandon": [CLAIM]}

    return both


def test_a_claim_of_another_class_leaves_the_old_one_with_what_to_do_about_it():
    edit = in_pool("talk", storage={"size": "60Gi", "class": "fast"})
    plan = changed(abandoning(edit))
    (note,) = notes(plan)
    assert plan.refusals == ()
    assert f"claim {CLAIM} stays with its data and its cost" in str(note)
    assert "downloaded again into localai-talk-storage-fast" in str(note)
    assert f"kubectl --namespace localai-dev delete pvc {CLAIM}" in str(note)
    assert plan.download_bytes == 1_000_000_000


def test_a_removed_pool_leaves_its_claim_and_fetches_nothing():
    (note,) = notes(changed(abandoning(lambda config: config["pools"].pop("talk"))))
    assert "stays with its data" in str(note)
    assert "fetched again" not in str(note)


@pytest.mark.parametrize("storage", [{"size": "60Gi"}, {"size": "60Gi", "class": "fast"}])
def test_what_is_refused_or_unchanged_says_nothing_more(storage: dict[str, str]):
    assert notes(changed(in_pool("talk", storage=storage))) == []


def test_a_new_stack_leaves_nothing():
    head = rendered(stack_file())
    assert list(claim_notes(None, head, stack_plan(None, head).objects)) == []
