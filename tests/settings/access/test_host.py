from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from settings.access.network import asked_host


@pytest.mark.parametrize(
    "url",
    ["https://mirror.corp/hf", "https://10.1.2.3:8443", "oci://registry.corp/charts", "https://[fd00::1]"],
)  # fmt: skip
def test_a_server_is_asked(url: str):
    assert asked_host(url) == url


@pytest.mark.parametrize(
    ("host", "cause"),
    [
        ("169.254.169.254", "credentials"),
        ("[fe80::1]", "credentials"),
        ("[fd00:ec2::254]", "credentials"),
        ("[::ffff:169.254.169.254]", "credentials"),
        ("metadata.google.internal", "credentials"),
        ("METADATA", "credentials"),
        ("2852039166", "hides"),
        ("0xa9fea9fe", "hides"),
        ("0251.0376.0251.0376", "hides"),
        ("169.254.43518", "hides"),
        ("[::1", "hides"),
        ("hugg\u0456ngface.co", "other letters"),
    ],
)
def test_where_credentials_are_handed_out_is_not_asked(host: str, cause: str):
    with pytest.raises(PydanticCustomError, match=cause):
        asked_host(f"https://{host}/a")


@given(st.text(max_size=40))
def test_any_host_is_kept_or_refused(host: str):
    with suppress(PydanticCustomError):
        assert asked_host(f"https://{host}/a") == f"https://{host}/a"
