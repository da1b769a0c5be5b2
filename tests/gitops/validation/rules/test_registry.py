"""A registry of models has a backup and a database that outlives it; `dev` may do without."""

from gitops.planning.rendering.render import rendering
from gitops.validation.judgement import stack_objects
from gitops.validation.rules.registry import RULES
from gitops.validation.rules.rule import stack_problems
from tests.components.addons.mlflow.stacks import BACKUP, DATABASE, FIELDS, OWN
from tests.samples import stack


def found(**fields: object) -> list[str]:
    objects = stack_objects(rendering(*stack(mlflow={**FIELDS, **fields})))
    return [one.rule for one in stack_problems(RULES, "test", objects)]


def test_a_registry_without_a_backup_is_told():
    assert found(database=DATABASE) == ["registry-is-backed-up"]
    assert found(database=DATABASE, backup=BACKUP) == []


def test_a_database_of_its_own_is_told():
    assert found(ownDatabase=OWN, backup=BACKUP) == ["registry-database-is-kept"]


def test_both_refuse_in_every_stack_but_dev():
    assert all(rule.refuses_elsewhere and not rule.refuses for rule in RULES)
