"""Every alert fires on the series it is meant for, and on no other, in Prometheus' own evaluator.

`promtool` is in Debian's package prometheus.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stack import stack_parts
from tests.e2e.alert_cases import FIRES, POOLS, QUIET, STACK, WELL, Case
from tests.samples import of_kind, stack

pytestmark = pytest.mark.e2e


def groups() -> list[dict[str, Any]]:
    """Return the rule groups of a stack that has everything."""
    rules = of_kind("PrometheusRule", *stack_parts(*stack(POOLS, **STACK)))
    return [group for rule in rules for group in rule["spec"]["groups"]]


def rules() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rules by alert and pool, which is empty for rules of the whole stack."""
    found = (rule for group in groups() for rule in group["rules"])
    return {(rule["alert"], rule["labels"].get("pool", "")): rule for rule in found}


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    assert program, "apt-get install --no-install-recommends prometheus"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def rule_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rules") / "rules.yaml"
    file.write_text(json.dumps({"groups": groups()}))
    return file


def expected(case: Case) -> list[dict[str, Any]]:
    """Return the alerts that the evaluator must report, word for word."""
    if not case.summary:
        return []
    rule = rules()[case.alert, case.pool]
    cure = rule["annotations"]["description"]
    for name, value in case.labels.items():
        cure = cure.replace(f"{{{{ $labels.{name} }}}}", value)
    return [
        {
            "exp_labels": {**case.labels, **rule["labels"]},
            "exp_annotations": {"summary": case.summary, "description": cure},
        }
    ]


def asked(case: Case) -> dict[str, Any]:
    """Return a case in the evaluator's words."""
    return {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": one} for name, one in {**WELL, **case.series}.items()
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{case.minutes}m",
                "alertname": case.alert,
                "exp_alerts": expected(case),
            }
        ],
    }


def test_prometheus_reads_every_rule(rule_file: Path):
    told = promtool("check", "rules", rule_file)
    assert told.returncode == 0, told.stderr
    found = re.search(r"SUCCESS: (\d+) rules found", told.stdout)
    assert found
    assert int(found[1]) == sum(len(group["rules"]) for group in groups())


def test_every_alert_is_tried_both_ways():
    names = {name for name, _ in rules()}
    assert {case.alert for case in FIRES} == names
    assert {case.alert for case in QUIET} == names


@pytest.mark.parametrize("case", [*FIRES, *QUIET], ids=lambda case: case.alert)
def test_an_alert_fires_exactly_when_it_should(case: Case, rule_file: Path, tmp_path: Path):
    tests = tmp_path / "tests.yaml"
    document = {"rule_files": [str(rule_file)], "tests": [asked(case)]}
    tests.write_text(json.dumps(document))
    told = promtool("test", "rules", tests)
    assert told.returncode == 0, told.stdout + told.stderr
