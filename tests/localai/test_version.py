import pytest

from localai.release import MalformedVersionError, at_least, parse


def test_a_version_has_three_numbers():
    assert parse("v4.10.2") == (4, 10, 2)


def test_versions_compare_by_number_and_not_by_text():
    assert at_least("v4.10.0", "v4.9.0")
    assert not at_least("v4.9.0", "v4.10.0")
    assert at_least("v4.9.0", "v4.9.0")


@pytest.mark.parametrize(
    "text", ["latest", "4.9.0", "v4.9", "v4.9.0-rc1", "v04.9.0", "", "v4.9.0\n"]
)
def test_what_is_no_version_is_refused_with_an_example(text: str):
    with pytest.raises(MalformedVersionError, match=r"such as v4\.9\.0"):
        parse(text)
