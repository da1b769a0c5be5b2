"""The judges find what is wrong: objects and workflows that are broken on purpose."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from judges.case import Case
from judges.objects import checkov, kube_score
from judges.verdict import Verdict
from judges.workflows import actionlint, zizmor

pytestmark = pytest.mark.e2e

CONTAINER: dict[str, Any] = {"name": "a", "image": "a:latest", "securityContext": {}}
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "lax", "namespace": "dev"},
    "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"hostNetwork": True, "containers": [CONTAINER]},
        },
    },
}
WORKFLOW = """\
name: lax
on: pull_request_target
jobs:
  lax:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ github.event.pull_request.title }} ${{ nobody.knows }}
"""


@pytest.fixture
def broken(tmp_path: Path) -> Case:
    for name in ("objects/dev", ".github/workflows"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "objects/dev/lax.yaml").write_text(yaml.safe_dump(DEPLOYMENT))
    (tmp_path / ".github/workflows/lax.yml").write_text(WORKFLOW)
    return Case(root=tmp_path, objects=tmp_path / "objects")


def checks(verdict: Verdict) -> set[str]:
    return {one.check for one in verdict.findings}


def test_checkov_finds_a_lax_pod(broken: Case):
    found = checks(checkov(broken))

    assert {"CKV_K8S_14", "CKV_K8S_19", "CKV_K8S_22"} <= found


def test_kube_score_finds_a_lax_pod(broken: Case):
    found = checks(kube_score(broken))

    assert {"container-image-tag", "container-resources", "pod-networkpolicy"} <= found


def test_zizmor_finds_a_lax_workflow(broken: Case):
    assert {"dangerous-triggers", "template-injection", "unpinned-uses"} <= checks(zizmor(broken))


def test_actionlint_finds_what_is_no_expression(broken: Case):
    assert "expression" in checks(actionlint(broken))
