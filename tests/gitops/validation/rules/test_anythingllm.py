"""A chat application has a backup, and keys that outlive it; `dev` may do without."""

from gitops.planning.rendering.render import rendering
from gitops.validation.judgement import stack_objects
from gitops.validation.rules.anythingllm import RULES
from gitops.validation.rules.privilege import RULES as PRIVILEGE
from gitops.validation.rules.rule import stack_problems
from tests.components.addons.anythingllm.stacks import BACKUP, FIELDS, KEYS, POOLS
from tests.samples import stack


def found(**fields: object) -> list[str]:
    objects = stack_objects(rendering(*stack(POOLS, anythingllm={**FIELDS, **fields})))
    return [one.rule for one in stack_problems((*RULES, *PRIVILEGE), "test", objects)]


def test_one_without_a_backup_is_told():
    assert found(keys=KEYS) == ["anythingllm-is-backed-up"]
    assert found(keys=KEYS, backup=BACKUP) == []


def test_keys_that_only_the_state_of_the_engine_holds_are_told():
    assert found(backup=BACKUP) == ["anythingllm-keys-are-kept"]


def test_both_refuse_in_every_stack_but_dev():
    assert all(rule.refuses_elsewhere and not rule.refuses for rule in RULES)
