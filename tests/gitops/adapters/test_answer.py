from dataclasses import FrozenInstanceError

import pytest

from gitops.adapters.head import Reason, Silence


def test_a_silence_says_where_and_why_and_stays_so():
    silence = Silence(url="https://a/b", reason=Reason.TIME)

    assert (silence.reason, silence.text) == ("time", "")
    with pytest.raises(FrozenInstanceError):
        silence.url = "https://c"  # pyright: ignore[reportAttributeAccessIssue]
