"""What a plan says of the way back is true: who does it meets no refusal."""

import copy
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from gitops.planning.plan import StackPlan, removed_stack, stack_plan
from gitops.planning.rendering.rendering import Rendering
from tests.gitops.stacks import (
    MEGABYTE,
    Config,
    Edit,
    catalog,
    changed,
    in_pool,
    model,
    rendered,
    shared_stack_file,
    stack_file,
    weights,
)

_SETTING = re.compile(r"`localai:claims: (.*?)`")


def way_back(plan: StackPlan, name: str = "small", pool: str = "talk") -> str:
    return str(model(plan, name, pool).way_back)


def add(config: Config) -> None:
    config["pools"]["more"] = {"models": ["ear"], "storage": {"size": "20Gi"}}


def remove(config: Config) -> None:
    config["pools"].pop("talk")


def rename(config: Config) -> None:
    config["pools"]["speak"] = config["pools"].pop("talk")
    config["claims"] = {"abandon": ["localai-talk-storage"]}


def move(config: Config) -> None:
    config["cluster"] = "far"
    config["claims"] = {"abandon": ["localai-talk-storage", "localai-find-storage"]}


def reclass(config: Config) -> None:
    config["pools"]["talk"]["storage"]["class"] = "fast"
    config["claims"] = {"abandon": ["localai-talk-storage"]}


def grow(config: Config) -> None:
    config["pools"]["talk"] |= {
        "models": ["small", "large", "guessed"],
        "storage": {"size": "80Gi"},
    }


def both(config: Config) -> None:
    add(config)
    in_pool("talk", cpu=8)(config)


def reverted(edit: Edit, text: str) -> StackPlan:
    """Return the plan of a revert with the line, and without the size, that a way back names."""
    base = stack_file()
    head = copy.deepcopy(base)
    edit(head)
    back = copy.deepcopy(base)
    if found := _SETTING.search(text):
        back["claims"] = yaml.safe_load(found[1])
    if "keep the size of localai-talk-storage" in text:
        back["pools"]["talk"]["storage"] = head["pools"]["talk"]["storage"]
    return stack_plan(rendered(head), rendered(back))


WAYS: dict[str, tuple[Edit, str, str]] = {
    "an added pool": (add, "ear", "more"),
    "the old name of a pool": (rename, "small", "talk"),
    "the new name of a pool": (rename, "small", "speak"),
    "another cluster": (move, "small", "talk"),
    "another class": (reclass, "small", "talk"),
    "a grown claim": (grow, "guessed", "talk"),
    "a pool next to an added one": (both, "small", "talk"),
}


@pytest.mark.parametrize("what", WAYS)
def test_doing_what_the_way_back_says_gives_a_plan_without_refusals(what: str):
    edit, name, pool = WAYS[what]
    plan = changed(edit)

    assert plan.refusals == ()
    assert reverted(edit, way_back(plan, name, pool)).refusals == ()


@pytest.mark.parametrize(
    ("edit", "claims"),
    [
        (add, "{abandon: [localai-more-storage]}"),
        (rename, "{abandon: [localai-speak-storage], adopt: true}"),
        (reclass, "{abandon: [localai-talk-storage-fast], adopt: true}"),
        (remove, "{adopt: true}"),
    ],
)
def test_one_line_names_every_claim_of_the_stack_that_a_revert_leaves_or_takes(
    edit: Edit, claims: str
):
    ways = {str(one.way_back) for one in changed(edit).changed_models if one.way_back}

    assert ways
    assert all(f"revert the commit with `localai:claims: {claims}`" in way for way in ways)


def test_what_the_base_allows_already_stays_allowed():
    base = stack_file()
    base["claims"] = {"abandon": ["localai-old-storage"]}
    text = way_back(changed(add, base), "ear", "more")

    assert "{abandon: [localai-old-storage, localai-more-storage]}" in text


@pytest.mark.parametrize("storage", [{"from": "talk"}, {"existing": "theirs"}])
def test_an_added_pool_without_a_claim_of_its_own_leaves_none(storage: dict[str, Any]):
    def lend(config: Config) -> None:
        config["pools"]["more"] = {"models": ["ear"], "storage": storage}

    text = way_back(changed(lend, shared_stack_file()), "ear", "more")

    assert text == "revert the commit; the pool is deleted"


def test_a_removed_guest_takes_no_claim_over_again():
    base = shared_stack_file()
    base["pools"]["more"] = {"models": ["ear"], "storage": {"from": "talk"}}
    plan = changed(lambda config: config["pools"].pop("more"), base)

    assert way_back(plan, "ear", "more").startswith("revert the commit; one restart")


def from_images(config: Config) -> Rendering:
    """Return the rendering of a stack whose one pool has everything as images."""
    config["server"]["engines"] = "image-volume"
    config["pools"] = {"talk": {"models": ["small"], "storage": {"images": True}}}
    image = {**weights("small", MEGABYTE), "url": f"oci://example.org/small@sha256:{'a' * 64}"}
    return rendered(config, catalog(small={"weights": image}))


def test_a_pool_of_images_that_moves_has_no_claim_to_take_over():
    near, far = from_images(stack_file()), from_images({**stack_file(), "cluster": "far"})

    text = way_back(stack_plan(near, far))
    assert text.startswith("revert the commit; one restart")
    assert "nodes pull the old images" in text


def rendered_by_files(config: Config) -> None:
    config.update(delivery="rendered", apiKey={"secret": "key", "key": "api-key"})


def test_files_take_over_what_exists_without_being_told():
    base = stack_file()
    rendered_by_files(base)
    plan = changed(remove, base)

    assert way_back(plan).startswith("revert the commit; localai-talk-storage and its weights")


DELETIONS = {
    "operator": "run `pulumi destroy` to delete them",
    "rendered": "delete them from namespace localai-dev by hand",
    "compose": "run `docker compose --project-name localai-dev down` on the server to delete them",
}


@pytest.mark.parametrize("delivery", DELETIONS)
def test_a_revert_deletes_nothing_of_a_new_stack_and_the_way_back_says_what_does(delivery: str):
    head = replace(rendered(stack_file()), delivery=delivery)

    (note,) = removed_stack(head).notes
    assert note.cure == DELETIONS[delivery]
    assert way_back(stack_plan(None, head)) == (
        f"revert the commit, which deletes none of its objects, then {DELETIONS[delivery]}"
    )
