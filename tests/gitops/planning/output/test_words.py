from dataclasses import replace

from gitops.planning.difference import FieldChange
from gitops.planning.objects import Change
from gitops.planning.output import words
from gitops.planning.plan import removed_stack, stack_plan
from tests.gitops.stacks import Config, changed, in_pool, objects, rendered, stack_file


def test_a_stack_says_where_it_goes_and_who_brings_it_there():
    heading = words.heading(rendered(stack_file()))
    for part in ("localai-dev", "near", "v4.9.0", "operator"):
        assert part in heading


def test_a_pool_says_what_it_runs_on_and_what_that_costs():
    talk, find = rendered(stack_file()).pools
    assert words.runs_on(talk) == "1 x nvidia-l4"
    assert words.runs_on(find) == "CPU"
    assert words.price(talk).startswith("$")
    assert words.price(find) == "-"


def test_memory_of_estimates_is_marked():
    talk = rendered(stack_file()).pools[0]
    assert not words.memory(talk).startswith("~")
    assert words.memory(replace(talk, fit=replace(talk.fit, exact=False))).startswith("~")


def test_a_pool_serves_its_models_and_its_aliases():
    served = words.served(rendered(stack_file()).pools[0])
    assert served == "small, large, assistant (= small)"


def test_a_stack_that_does_not_change_says_so():
    assert words.verdict(changed(lambda config: config)) == "no change"


def test_a_stack_whose_file_is_gone_says_so():
    assert "deleted" in words.verdict(removed_stack(rendered(stack_file())))


def test_a_change_is_counted_in_models_bytes_downtime_and_objects():
    verdict = words.verdict(changed(in_pool("talk", models=["small", "guessed"], aliases={})))
    for part in ("1 added", "1 removed", "~0.2 GB", "downtime in talk", "updated", "replaced"):
        assert part in verdict


def test_many_pools_with_downtime_are_counted_and_not_all_named():
    config = stack_file()
    pool = config["pools"]["talk"]
    config["pools"] = {f"pool-{number}": pool for number in range(30)}

    def upgrade(after: Config) -> None:
        after["server"]["version"] = "v4.8.2"

    away = words.downtime_summary(changed(upgrade, config))
    assert away.startswith("downtime in pool-0, pool-1")
    assert "pool-29" not in away
    assert away.endswith("more pools")


def test_a_replaced_object_by_another_name_is_there_before_the_old_one_goes():
    (change, _) = objects(changed(in_pool("talk", aliases={"assistant": "large"})), "ConfigMap")
    assert "new first" in words.fate(change)
    assert "metadata.name" in words.fate(change)


def test_a_replaced_object_of_the_same_name_goes_first():
    fields = (FieldChange(path="spec.selector", old="a", new="b"),)
    (updated,) = objects(changed(in_pool("talk", cpu=8)), "Deployment")
    replaced = replace(updated, change=Change.REPLACE, fields=fields, forcing=("spec.selector",))
    assert words.fate(replaced) == "replaced, delete first (forced by spec.selector)"


def test_every_change_has_a_word_and_a_symbol():
    assert set(words.PAST) == set(words.SYMBOL) == set(Change)


def test_what_is_left_behind_is_counted():
    plan = changed(lambda config: config["pools"].pop("talk"))
    assert "1 left behind" in words.counts(plan.objects)


def test_what_is_added_is_explained_with_its_license_its_gpu_and_its_fit():
    plan = changed(in_pool("talk", models=["small", "large", "guessed"]))
    explanation = next(
        str(note) for note in words.explanations(plan) if note.text.startswith("guessed added")
    )
    for part in ("MIT", "1 x nvidia-l4", "fits"):
        assert part in explanation


def test_downtime_and_the_way_back_are_explained_once_for_a_pool():
    lines = list(map(str, words.explanations(changed(in_pool("talk", cpu=8)))))
    assert len([line for line in lines if "no surge" in line]) == 1
    assert len([line for line in lines if "revert the commit" in line]) == 1


def test_a_parked_pool_is_explained():
    lines = list(map(str, words.explanations(changed(in_pool("talk", replicas=0)))))
    assert any("parked" in line and "talk" in line for line in lines)


def test_a_new_stack_needs_no_way_back_of_weights():
    lines = list(map(str, words.explanations(stack_plan(None, rendered(stack_file())))))
    assert not any("0 bytes of weights" in line for line in lines)


def test_a_pool_that_goes_is_downtime_and_a_model_that_goes_is_not():
    gone = changed(lambda config: config["pools"].pop("talk"))
    assert words.downtime_summary(gone) == "downtime in talk"
    base = stack_file()
    base["pools"]["talk"].update(replicas=0)
    fewer = changed(in_pool("talk", models=["small"], aliases={}), base)
    assert words.downtime_summary(fewer) == "no other downtime"
    assert [words.downtime(one) for one in fewer.models if one.change == "removed"][:1] == [
        "for good"
    ]
