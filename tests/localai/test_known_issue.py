import pytest

from localai.release import KnownIssue


def test_an_issue_without_a_source_cannot_be_written():
    with pytest.raises(TypeError, match="source"):
        KnownIssue(id="one", sentence="It is so.", cure="avoid it")  # pyright: ignore[reportCallIssue]
