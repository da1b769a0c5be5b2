"""Judges of workflows: zizmor and actionlint."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from judges.case import Case
from judges.objects import read_json
from judges.programs import answer, from_go, from_pypi
from judges.verdict import Finding, JudgeError, Verdict


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


NAME = "pip-audit"
# How the library that it asks with tells that nobody answers.
_SILENCE = ("requests.exceptions.", "urllib3.exceptions.")
# It asks for each package by itself. PyPI's own service is not used: one that a mirror stands in
# for is told "not found" for each, which pip-audit takes for harmless.
_WORDS = (
    "--vulnerability-service=osv", "--disable-pip", "--no-deps", "--format=json",
    "--progress-spinner=off",
)  # fmt: skip


def pip_audit(case: Case) -> Verdict:
    """Return which locked packages have a known vulnerability, or why nobody can tell."""
    program = str(from_pypi() / "pip-audit")
    findings: list[Finding] = []
    for lock in case.locks:
        name = str(lock.relative_to(case.root))
        done = answer([program, *_WORDS, f"--requirement={lock}"], case.objects)
        why = silence(done.stdout, done.stderr)
        if why:
            return Verdict(judge=NAME, seen="nothing", skipped=why)
        findings += lock_findings(lock, name, json.loads(done.stdout))
    seen = f"{len(case.locks)} lock files"
    return Verdict(judge=NAME, seen=seen, findings=tuple(findings))


def silence(printed: str, told: str) -> str:
    """Return why the service does not answer; empty where it does.

    Raises:
        JudgeError: it failed for another reason.
    """
    if printed.strip():
        return ""
    last = (told.strip().splitlines() or ["it printed nothing"])[-1]
    if last.startswith(_SILENCE):
        return f"the vulnerability service does not answer ({last:.100}…)"
    raise JudgeError(f"{NAME} did not answer: {last}")


def lock_findings(lock: Path, name: str, report: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield each vulnerability of a lock file, and each package that nobody could look up."""
    packages: list[Mapping[str, Any]] = report["dependencies"]
    if not packages:
        yield Finding(check="empty", place=name, detail=f"{lock.name} names no package")
    for one in packages:
        if "skip_reason" in one:
            yield Finding(check="unknown", place=name, detail=one["skip_reason"])
        for known in one.get("vulns", ()):
            cure = ", ".join(known["fix_versions"]) or "no release"
            detail = f"{one['name']} {one['version']} is vulnerable; {cure} mends it"
            yield Finding(check=known["id"], place=name, detail=detail)
