import pytest
from pydantic import ValidationError

from settings.access.downloads import HubSettings


def hub(endpoint: str) -> HubSettings:
    return HubSettings.model_validate({"endpoint": endpoint})


@pytest.mark.parametrize(
    "endpoint", ["https://hf.corp", "https://hf.corp/", "https://hf.corp:8443/a/b"]
)
def test_files_of_the_hub_are_fetched_from_the_mirror(endpoint: str):
    found = hub(endpoint).mirrored("https://huggingface.co/o/r/resolve/main/a.gguf")
    assert found == endpoint.rstrip("/") + "/o/r/resolve/main/a.gguf"


@pytest.mark.parametrize(
    "url", ["https://example.org/a.gguf", "https://huggingface.co.example.org/a.gguf"]
)
def test_files_of_other_hosts_are_not(url: str):
    assert hub("https://hf.corp").mirrored(url) == url


@pytest.mark.parametrize(
    "endpoint", ["http://hf.corp", "https://u:secret@hf.corp", "https://hf.corp?a=b", "hf.corp", ""]
)
def test_an_address_that_could_hold_a_password_is_refused(endpoint: str):
    with pytest.raises(ValidationError) as error:
        hub(endpoint)
    (finding,) = error.value.errors(include_url=False, include_input=False)
    assert "secret" not in str(finding["msg"])
