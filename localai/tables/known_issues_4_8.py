"""The known issues of LocalAI 4.8, by what they concern; most were seen on a v4.9.0 that ran."""

from dataclasses import replace

from localai.known_issue import KnownIssue
from localai.tables.known_issues_met_4_8 import MET
from localai.tables.known_issues_noted_4_8 import NOTED

KNOWN_ISSUES: tuple[KnownIssue, ...] = (*NOTED, *MET)


def _assumed(issue: KnownIssue) -> KnownIssue:
    return replace(issue, source=issue.source.replace("run: ", "assumed: as run on "))


# Those of a version that nobody ran.
ASSUMED = tuple(_assumed(one) for one in KNOWN_ISSUES)
