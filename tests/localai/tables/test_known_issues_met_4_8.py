from pathlib import Path

import pytest

from localai.release import KnownIssue
from localai.tables.known_issues_met_4_8 import MET

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("issue", MET, ids=lambda one: one.id)
def test_what_meets_an_issue_is_a_file_of_ours(issue: KnownIssue):
    assert (ROOT / issue.met_by).is_file()
