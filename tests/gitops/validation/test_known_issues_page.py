from gitops.validation.known_issues import known_issues_page
from localai.server import SERVERS

PAGE = known_issues_page()


def test_the_page_has_every_issue_of_every_version_with_its_source():
    for release in SERVERS.values():
        for issue in release.known_issues:
            section = PAGE.partition(f"\n### {issue.id}\n")[2].partition("\n#")[0]

            assert issue.sentence in section
            assert issue.cure[1:] in section
            assert f"- {release.version}, {issue.source}" in section
            assert (f"by `{issue.met_by}`" in section) == bool(issue.met_by)


def test_what_check_notes_stands_before_what_is_met():
    noted, met = PAGE.index("## Noted by `check`"), PAGE.index("## Met by what is rendered")
    assert noted < PAGE.index("### cold-bursts-evict") < met < PAGE.index("### sampling-is-guessed")
