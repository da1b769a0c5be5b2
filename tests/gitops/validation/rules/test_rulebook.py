"""Every rule is broken by an example and kept by another, and every committed stack keeps all."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gitops.planning.rendering.render import rendering
from gitops.validation.judgement import stack_objects
from gitops.validation.rules import engine
from gitops.validation.rules.rule import CatalogRule, ObjectRule, StackRule, stack_problems
from gitops.validation.rules.rulebook import CHAPTERS, RULES, WAIVABLE
from settings.stack.server import EngineSource
from tests.gitops.validation.rules.objects import found, job, plain, pod, workload
from tests.samples import ENGINE_SOURCES, committed, rendered_stack
from tests.support.project import STACKS

# Rules whose examples need more than an object: the tests that break and keep them.
ELSEWHERE = {
    "network-policy-per-pod": "test_network.py",
    "selector-own-pods": "test_selectors.py",
    "budget-lets-drains-pass": "test_disruption.py",
    "budget-spares-no-broken-pod": "test_disruption.py",
    "config-map-named-by-content": "test_config_maps.py",
    "claim-retained": "test_claims.py",
    "server-reads-claims-only": "test_claims.py",
    "namespace-set": "test_namespaces.py",
    "exposed-behind-a-router": "test_exposure.py",
    "registry-is-backed-up": "test_registry.py",
    "anythingllm-is-backed-up": "test_anythingllm.py",
    "anythingllm-keys-are-kept": "test_anythingllm.py",
    "registry-database-is-kept": "test_registry.py",
    "waiver-known": "test_waivers.py",
    "waiver-current": "test_waivers.py",
    "waiver-used": "test_waivers.py",
}
# Rules over a stack file, which the tests of the judgement break and keep.
OF_FILES = {one.id for one in engine.RULES}
FOLDER = Path(__file__).parent
KINDS = (
    "Deployment", "Job", "Pod", "CronJob", "NetworkPolicy", "PodDisruptionBudget", "Application",
    "Role", "RoleBinding", "Secret", "ConfigMap", "Service", "PersistentVolumeClaim",
    "Ingress", "HTTPRoute",
)  # fmt: skip


def broken_in_tables() -> Iterable[str]:
    """Yield the rules that the tables of the tests beside this file break."""
    for path in sorted(FOLDER.glob("test_*.py")):
        if path != Path(__file__):
            module = import_module(f"tests.gitops.validation.rules.{path.stem}")
            tables: list[dict[str, Any]] = [getattr(module, one, {}) for one in ("BROKEN", "OPEN")]
            cases = [case for table in tables for case in table.values()]
            yield from (str(case[0]) for case in cases if not hasattr(case, "keys"))


def test_every_rule_has_an_example_that_breaks_it():
    assert {rule.id for rule in RULES} <= {
        *broken_in_tables(),
        *ELSEWHERE,
        *OF_FILES,
    }


@pytest.mark.parametrize(("rule", "file"), ELSEWHERE.items())
def test_what_is_broken_elsewhere_is_broken_there(rule: str, file: str):
    assert rule in (FOLDER / file).read_text(encoding="utf-8")


def test_ids_are_unique():
    ids = [rule.id for rule in RULES]

    assert len(ids) == len(set(ids))
    assert sum(len(rules) for rules in CHAPTERS.values()) == len(ids)


def test_a_stack_can_waive_what_its_objects_break():
    objects = {one.id for one in RULES if isinstance(one, ObjectRule | StackRule)}
    assert objects | OF_FILES == WAIVABLE
    assert not [one.id for one in RULES if isinstance(one, CatalogRule) and one.id in WAIVABLE]


@pytest.mark.parametrize("engines", ENGINE_SOURCES)
@pytest.mark.parametrize("name", STACKS)
def test_a_committed_stack_keeps_every_rule(name: str, engines: EngineSource):
    objects = stack_objects(rendering(*committed(name, engines)))

    refusing = [one for one in stack_problems(RULES, name, objects) if one.refuses]
    assert objects.objects
    assert not [str(one) for one in refusing]


def test_a_stack_that_argo_cd_applies_keeps_every_rule():
    objects = stack_objects(rendering(*rendered_stack()))

    assert objects.rendered
    assert not [str(one) for one in stack_problems(RULES, "test", objects) if one.refuses]


def test_an_object_that_is_right_keeps_every_rule():
    assert found(workload(), plain("Role")) == []
    assert found(job(pod())) == []


@pytest.mark.parametrize("value", [None, "text", 1, [], [None], {}, {"a": None}, True])
def test_no_shape_of_an_object_is_too_odd_to_judge(value: Any):
    for kind in KINDS:
        for field in ("spec", "metadata", "rules", "data", "subjects"):
            assert isinstance(found({"kind": kind, field: value}), list)
        template = {"spec": {"containers": [value], "volumes": value}, "metadata": value}
        assert isinstance(found(plain(kind, spec={"template": template, "selector": value})), list)
