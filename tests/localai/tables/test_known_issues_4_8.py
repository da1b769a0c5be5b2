from localai.tables.known_issues_4_8 import ASSUMED, KNOWN_ISSUES


def test_the_issues_that_lose_models_in_silence_are_named():
    known = {issue.id for issue in KNOWN_ISSUES}
    assert {"unknown-keys-are-ignored", "ready-is-not-serving", "cold-bursts-evict"} <= known


def test_an_issue_is_named_in_words_joined_by_hyphens():
    assert all(one.id.replace("-", "").isalnum() and one.id.islower() for one in KNOWN_ISSUES)


def test_what_was_seen_on_one_version_is_assumed_of_another():
    assert [one.id for one in ASSUMED] == [one.id for one in KNOWN_ISSUES]
    assert any(one.source.startswith("run: ") for one in KNOWN_ISSUES)
    assert not [one.id for one in ASSUMED if one.source.startswith("run: ")]
