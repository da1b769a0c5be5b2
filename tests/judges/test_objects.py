"""What checkov and kube-score print is read as findings."""

from typing import Any

import pytest

from judges.objects import checkov_findings, kube_score_findings, read_json
from judges.verdict import JudgeError

FAILED = {
    "check_id": "CKV_K8S_43",
    "check_name": "Image should use digest",
    "file_path": "/dev/deployment-localai-chat.yaml",
    "resource": "Deployment.localai-dev.localai-chat",
}


def report(*failed: dict[str, str], unread: int = 0, passed: int = 9) -> dict[str, Any]:
    summary = {"passed": passed, "parsing_errors": unread}
    return {"results": {"failed_checks": list(failed)}, "summary": summary}


def scored(grade: int, *summaries: str, skipped: bool = False) -> list[dict[str, Any]]:
    check = {
        "check": {"id": "pod-probes", "name": "Pod Probes"},
        "grade": grade,
        "skipped": skipped,
        "comments": [{"summary": one} for one in summaries] or None,
    }
    kind = {"type_meta": {"kind": "Deployment"}, "object_meta": {"name": "a"}}
    return [{**kind, "checks": [check]}]


def test_a_check_of_checkov_that_failed_is_a_finding():
    assert [str(one) for one in checkov_findings(report(FAILED))] == [
        "dev: Deployment.localai-dev.localai-chat: Image should use digest [CKV_K8S_43]"
    ]
    assert list(checkov_findings(report())) == []


@pytest.mark.parametrize(("unread", "passed"), [(1, 9), (0, 0)])
def test_a_checkov_that_did_not_read_the_objects_is_a_finding(unread: int, passed: int):
    (found,) = checkov_findings(report(unread=unread, passed=passed))

    assert found.check == "unreadable"


@pytest.mark.parametrize("grade", [1, 5])
def test_a_grade_of_kube_score_that_is_not_fine_is_a_finding(grade: int):
    assert [str(one) for one in kube_score_findings("dev", scored(grade, "no probe"))] == [
        "dev: Deployment a: no probe [pod-probes]"
    ]


def test_a_check_without_a_comment_is_named():
    (found,) = kube_score_findings("dev", scored(1))

    assert found.detail == "Pod Probes"


def test_what_kube_score_finds_fine_or_skips_is_none():
    assert list(kube_score_findings("dev", [*scored(10), *scored(1, skipped=True)])) == []


def test_a_judge_that_prints_no_report_did_not_judge():
    with pytest.raises(JudgeError, match="checkov did not answer: out of memory"):
        read_json("checkov", "", "trying\nout of memory\n")
