"""The judge of locked packages: pip-audit, by the vulnerabilities that OSV knows."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from judges.case import Case
from judges.programs import answer, from_pypi
from judges.verdict import Finding, JudgeError, Verdict

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
