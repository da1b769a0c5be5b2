"""What zizmor and actionlint print is read as findings."""

from typing import Any

from judges.workflows import lint_findings, zizmor_findings


def finding(*, ignored: bool = False) -> dict[str, Any]:
    location = {
        "symbolic": {"key": {"Local": {"verbatim_path": ".github/workflows/ci.yml"}}},
        "concrete": {"location": {"start_point": {"row": 11}}},
    }
    return {
        "ident": "artipacked", "desc": "keeps credentials", "locations": [location],
        "ignored": ignored,
    }  # fmt: skip


def test_a_finding_of_zizmor_has_its_line():
    assert [str(one) for one in zizmor_findings([finding()])] == [
        ".github/workflows/ci.yml:12: keeps credentials [artipacked]"
    ]


def test_what_a_comment_in_a_workflow_gives_a_reason_for_is_none():
    assert list(zizmor_findings([finding(ignored=True)])) == []


def test_an_error_of_actionlint_has_its_line():
    error = {"kind": "expression", "filepath": "ci.yml", "line": 3, "message": "no such property"}

    assert [str(one) for one in lint_findings([error])] == [
        "ci.yml:3: no such property [expression]"
    ]
    assert list(lint_findings(None)) == []
