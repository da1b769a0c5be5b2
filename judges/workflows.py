"""Judges of workflows: zizmor and actionlint."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from judges.case import Case
from judges.objects import read_json
from judges.programs import answer, from_go, from_pypi
from judges.verdict import Finding, Verdict


def zizmor(case: Case) -> Verdict:
    """Return what zizmor says of the security of workflows, without asking the network."""
    program = str(from_pypi() / "zizmor")
    words = ["--offline", "--no-progress", "--format=json-v1"]
    done = answer([program, *words, *case.workflows], case.root)
    report = read_json("zizmor", done.stdout, done.stderr)
    return Verdict(judge="zizmor", seen=_seen(case), findings=tuple(zizmor_findings(report)))


def zizmor_findings(report: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield the findings that no comment in a workflow gives a reason for."""
    for one in report:
        if not one["ignored"]:
            (first, *_) = one["locations"]
            path = first["symbolic"]["key"]["Local"]["verbatim_path"]
            line = first["concrete"]["location"]["start_point"]["row"] + 1
            yield Finding(check=one["ident"], place=f"{path}:{line}", detail=one["desc"])


def actionlint(case: Case) -> Verdict:
    """Return what actionlint says of the syntax of workflows; no program of the machine helps."""
    program = str(from_go() / "actionlint")
    words = ["-shellcheck=", "-pyflakes=", "-format={{json .}}"]
    done = answer([program, *words, *case.workflows], case.root)
    report = read_json("actionlint", done.stdout, done.stderr)
    return Verdict(judge="actionlint", seen=_seen(case), findings=tuple(lint_findings(report)))


def lint_findings(report: Sequence[Mapping[str, Any]] | None) -> Iterator[Finding]:
    """Yield every error."""
    for one in report or ():
        place = f"{one['filepath']}:{one['line']}"
        yield Finding(check=one["kind"], place=place, detail=one["message"])


def _seen(case: Case) -> str:
    return f"{len(case.workflows)} workflows"
