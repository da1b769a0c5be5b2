"""A finding is one line."""

from judges.verdict import Finding


def test_a_finding_says_where_what_and_by_which_check():
    found = Finding(check="CKV_1", place="dev: Deployment a", detail="runs as root")

    assert str(found) == "dev: Deployment a: runs as root [CKV_1]"
