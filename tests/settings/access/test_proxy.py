import pytest
from pydantic import ValidationError

from settings.access.downloads import ProxySettings

NETWORKS = ["10.1.2.3/32"]


def test_a_proxy_has_a_port_and_networks():
    found = ProxySettings.model_validate({"url": "http://proxy.corp:3128", "networks": NETWORKS})
    assert (found.port, found.networks, found.direct) == (3128, ("10.1.2.3/32",), ())


@pytest.mark.parametrize(
    "url",
    ["https://p.corp:3128", "http://p.corp", "http://u:secret@p.corp:1", "http://p.corp:70000",
     "http://p.corp:1/x", "p.corp:3128"],
)  # fmt: skip
def test_an_address_that_could_hold_a_password_is_refused_without_repeating_it(url: str):
    with pytest.raises(ValidationError) as error:
        ProxySettings.model_validate({"url": url, "networks": NETWORKS})
    (finding,) = error.value.errors(include_url=False, include_input=False)
    assert "secret" not in str(finding["msg"])


@pytest.mark.parametrize("networks", [[], ["169.254.169.254"], ["proxy.corp"]])
def test_a_proxy_is_somewhere_that_jobs_may_reach(networks: list[str]):
    with pytest.raises(ValidationError, match="networks"):
        ProxySettings.model_validate({"url": "http://p.corp:3128", "networks": networks})


@pytest.mark.parametrize("host", ["*", "http://a", "a:80", "-a", ""])
def test_a_direct_host_is_a_name(host: str):
    fields = {"url": "http://p.corp:3128", "networks": NETWORKS, "direct": [host]}
    with pytest.raises(ValidationError, match="direct"):
        ProxySettings.model_validate(fields)
