import pytest
from pydantic import ValidationError

from tests.samples import settings


@pytest.mark.parametrize(
    ("network", "kept"),
    [("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.1", "10.0.0.1/32"), ("FD00::/8", "fd00::/8")],
)
def test_a_source_is_kept_as_a_network(network: str, kept: str):
    assert settings(network={"sources": [network]}).network.sources == (kept,)


@pytest.mark.parametrize("network", ["10.1.2.3/16", "10.0.0.0/33", "010.0.0.0/8", "a", "", 10])
def test_what_is_no_network_is_refused(network: object):
    with pytest.raises(ValidationError, match=r"network\.sources\.0"):
        settings(network={"sources": [network]})
