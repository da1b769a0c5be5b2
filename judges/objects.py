"""Judges of objects: checkov and kube-score."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from judges.case import Case
from judges.programs import answer, from_go, from_pypi
from judges.verdict import Finding, JudgeError, Verdict

# The oldest Kubernetes that stacks are checked against.
_KUBERNETES = "v1.33"
# Checks that are off by default and hold here.
_OPTIONAL = (
    "container-memory-requests-equal-limits", "container-ports-check", "container-seccomp-profile",
)  # fmt: skip
# kube-score's grades: 1 is critical, 5 a warning, 10 fine.
_FINE = 10


def checkov(case: Case) -> Verdict:
    """Return what checkov says of every object."""
    words = ["--framework=kubernetes", "--skip-download", "--compact", "--quiet", "--output=json"]
    program = str(from_pypi() / "checkov")
    done = answer([program, f"--directory={case.objects}", *words], case.objects)
    report = read_json("checkov", done.stdout, done.stderr)
    return Verdict(judge="checkov", seen=case.seen, findings=tuple(checkov_findings(report)))


def checkov_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the checks that failed, and whether files could not be read."""
    for one in report["results"]["failed_checks"]:
        place = f"{_stack(one['file_path'])}: {one['resource']}"
        yield Finding(check=one["check_id"], place=place, detail=one["check_name"])
    unread, read = report["summary"]["parsing_errors"], report["summary"]["passed"]
    if unread or not read:
        detail = f"{unread} files cannot be read, {read} checks hold"
        yield Finding(check="unreadable", place="objects", detail=detail)


def _stack(path: str) -> str:
    return path.strip("/").partition("/")[0]


def kube_score(case: Case) -> Verdict:
    """Return what kube-score says of every object, its warnings included."""
    findings = tuple(finding for stack in case.stacks for finding in _of_stack(stack))
    return Verdict(judge="kube-score", seen=case.seen, findings=findings)


def _of_stack(stack: Path) -> Iterator[Finding]:
    optional = [word for name in _OPTIONAL for word in ("--enable-optional-test", name)]
    words = ["score", "--kubernetes-version", _KUBERNETES, "--output-format=json", *optional]
    names = sorted(path.name for path in stack.glob("*.yaml"))
    done = answer([str(from_go() / "kube-score"), *words, *names], stack)
    report = read_json("kube-score", done.stdout, done.stderr)
    return kube_score_findings(stack.name, report)


def kube_score_findings(stack: str, report: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield the checks with a grade that is not fine."""
    for one in report:
        place = f"{stack}: {one['type_meta']['kind']} {one['object_meta']['name']}"
        for check in one["checks"]:
            if not check["skipped"] and check["grade"] < _FINE:
                name: str = check["check"]["id"]
                yield Finding(check=name, place=place, detail=_summary(check))


def _summary(check: Mapping[str, Any]) -> str:
    comments: list[Mapping[str, str]] = check["comments"] or []
    return "; ".join(dict.fromkeys(one["summary"] for one in comments)) or check["check"]["name"]


def read_json(judge: str, text: str, told: str) -> Any:
    """Return what a judge printed.

    Raises:
        JudgeError: it is no JSON, so the judge did not get to an end.
    """
    try:
        return json.loads(text)
    except ValueError:
        last = told.strip().splitlines()[-1:] or ["it printed nothing"]
        raise JudgeError(f"{judge} did not answer: {last[0]}") from None
