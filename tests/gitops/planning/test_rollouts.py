"""How long pods take to be replaced: one by one, with room to spare, and workers."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from gitops.planning.output import words
from gitops.planning.pods import Rollout, minutes, rollout_notes, rollouts
from tests.components.distributed_pool import distributed_fields
from tests.gitops.stacks import Config, Edit, changed, in_pool, rendered, shared_stack_file

ONE = Rollout(
    pool="talk", workers=False, pods=1, at_once=1, new_first=False, ending=180, starting=600
)


def rolled(edit: Edit, **values: Any) -> tuple[Rollout, ...]:
    """Return the rollouts of an edit to a stack whose pool has these keys."""
    config = shared_stack_file()
    config["pools"]["talk"].update(values)
    # A distributed pool needs one.
    config["router"] = {"loadBalance": True}
    before = rendered(config)
    edit(config)
    return rollouts(before, rendered(config))


def test_pods_that_stay_take_no_time():
    assert rolled(lambda config: config) == ()


def test_new_pods_and_those_of_another_home_are_no_rollout():
    assert rollouts(None, rendered(shared_stack_file())) == ()
    assert rolled(lambda config: config.update(cluster="far")) == ()


@pytest.mark.parametrize("values", [{"replicas": 0}, {"replicas": 1}])
def test_a_pool_that_is_parked_rolls_nothing(values: dict[str, Any]):
    assert rolled(in_pool("talk", cpu=8, replicas=0), **values) == ()


def test_the_only_pod_ends_before_the_new_one_starts():
    (found,) = rolled(in_pool("talk", cpu=8))

    assert (found.pods, found.new_first) == (1, False)
    assert found.ending == 120 + 2 * 30 + 30
    assert found.starting >= 600
    assert found.seconds == found.ending + found.starting


def test_pods_without_room_wait_for_each_other():
    (found,) = rolled(in_pool("talk", cpu=8), replicas=3)

    assert (found.pods, found.at_once) == (3, 1)
    assert found.seconds == 3 * (found.ending + found.starting)


def test_pods_with_room_start_while_others_end():
    (found,) = rolled(in_pool("talk", cpu=8), replicas=3, surge=2)

    assert (found.at_once, found.new_first) == (2, True)
    assert found.seconds == 2 * found.starting + found.ending


def test_pods_of_an_autoscaler_are_as_many_as_there_may_be():
    def scaled(config: Config) -> None:
        config["scaling"] = {"gpus": {"nvidia-l4": 9}}

    config = shared_stack_file()
    scaled(config)
    config["pools"]["talk"].pop("replicas", None)
    config["pools"]["talk"]["scaling"] = {"min": 2, "max": 4, "cpu": 70}
    before = rendered(config)
    in_pool("talk", cpu=8)(config)
    (found,) = rollouts(before, rendered(config))

    assert found.pods == 4


def test_the_old_pods_end_as_they_were_told():
    def longer(config: Config) -> None:
        config["server"]["longestAnswer"] = 3600

    found = rolled(longer)

    assert found
    assert all(one.ending < 3600 for one in found)


def test_workers_are_replaced_one_by_one():
    values = {"distributed": distributed_fields(workers=2), "replicas": 2, "memory": "40Gi"}
    found = rolled(in_pool("talk", memory="48Gi"), **values)

    assert [(one.workers, one.pods, one.at_once) for one in found] == [(True, 2, 1)]


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (ONE, "up to 13 min: 1 pod; an old one ends within 3 min"),
        (replace(ONE, pods=2), "up to 26 min: 2 pods, one by one; an old one"),
        (
            replace(ONE, pods=4, at_once=2, new_first=True),
            "up to 23 min: 4 pods, 2 at once, new ones first; an old one",
        ),
        (replace(ONE, pods=2, workers=True), "2 workers, one by one;"),
    ],
)
def test_a_rollout_is_told_in_minutes(one: Rollout, sentence: str):
    (told,) = rollout_notes([one], [])

    assert told.subjects == ("talk",)
    assert sentence in told.text
    assert told.text.endswith("a new one has 10 min to start once its image is there")


def test_the_plan_says_for_how_long_nobody_serves():
    told = list(map(str, words.explanations(changed(in_pool("talk", cpu=8)))))

    (line,) = (one for one in told if one.startswith("rollout (talk)"))
    assert ", down meanwhile: 1 pod;" in line


def test_pools_that_take_as_long_are_told_together():
    (text,) = {note.text for note in rollout_notes([ONE, replace(ONE, pool="find")], [])}
    base = shared_stack_file()
    base["pools"]["also"] = copy.deepcopy(base["pools"]["talk"]) | {"aliases": {}}
    told = list(map(str, words.explanations(changed(cores, base))))

    assert text
    assert len([one for one in told if one.startswith("rollout (talk, also): ")]) == 1


def cores(config: Config) -> None:
    """Give two pools that are alike more cores."""
    in_pool("talk", cpu=8)(config)
    in_pool("also", cpu=8)(config)


def test_a_model_that_goes_from_pods_that_take_turns_takes_nobody_down():
    base = shared_stack_file()
    base["pools"]["talk"].update(replicas=2, aliases={})
    told = list(map(str, words.explanations(changed(in_pool("talk", models=["small"]), base))))

    (line,) = (one for one in told if one.startswith("rollout (talk)"))
    assert "down meanwhile" not in line


@pytest.mark.parametrize(("seconds", "text"), [(1, "1 min"), (60, "1 min"), (61, "2 min")])
def test_minutes_are_rounded_up(seconds: int, text: str):
    assert minutes(seconds) == text
