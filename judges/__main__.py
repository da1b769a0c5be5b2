"""`make judges`: one line a judge, then what it finds; `make judges ARGS=zizmor` asks one alone."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from judges.case import case
from judges.objects import checkov, kube_score
from judges.verdict import FILE, JudgeError, Verdict, read_suppressions, suppressed
from judges.workflows import NAME, actionlint, pip_audit, zizmor
from sandbox.errors import SandboxError

JUDGES = {
    "checkov": checkov,
    "kube-score": kube_score,
    "zizmor": zizmor,
    "actionlint": actionlint,
    NAME: pip_audit,
}


def main(names: list[str]) -> int:
    """Ask the named judges, or all; return the exit code: 1 with findings, 2 without an answer."""
    unknown = [name for name in names if name not in JUDGES]
    if unknown:
        sys.stderr.write(f"{unknown[0]} is no judge: use one of {', '.join(JUDGES)}\n")
        return 2
    known = read_suppressions(FILE.read_text(encoding="utf-8"))
    found = 0
    try:
        with TemporaryDirectory() as folder:
            asked = case(Path(__file__).parents[1], Path(folder))
            for name in names or JUDGES:
                verdict = suppressed(JUDGES[name](asked), known)
                found += len(verdict.findings)
                say(verdict)
    except (JudgeError, SandboxError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 1 if found else 0


def say(verdict: Verdict) -> None:
    """Print a verdict."""
    said = f"{verdict.seen}: {len(verdict.findings)} failed"
    if verdict.skipped:
        said = f"SKIP: {verdict.skipped}"
    lines = [f"{verdict.judge:<11} {said}", *(f"  {one}" for one in verdict.findings)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
