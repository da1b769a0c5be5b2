import httpx2
import pytest

from sandbox.plugins.api import Api, ApiError, NoSuchKindError, UnreachableError
from sandbox.plugins.properties import Properties
from tests.sandbox.plugins.http_stub import CONFIG_MAP, HttpStub, status

NAMESPACE: Properties = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}


def test_an_object_is_read_at_its_own_path() -> None:
    stub = HttpStub()
    stub.will_answer(CONFIG_MAP, NAMESPACE)
    assert stub.api().get(CONFIG_MAP) == CONFIG_MAP
    assert stub.api().get(NAMESPACE) == NAMESPACE
    paths = [path for _, path, _ in stub.sent()]
    assert paths == ["/api/v1/namespaces/n/configmaps/a", "/api/v1/namespaces/n"]


def test_a_missing_object_is_none() -> None:
    stub = HttpStub()
    stub.will_answer(status(404, "NotFound", "gone"))
    assert stub.api().get(CONFIG_MAP) is None


def test_a_kind_that_is_not_served_is_named() -> None:
    with pytest.raises(NoSuchKindError, match=r'kind "X" in version "a\.example/v1"'):
        HttpStub().api().kind("a.example/v1", "X")


def test_a_refusal_carries_the_servers_words() -> None:
    stub = HttpStub()
    stub.will_answer(status(409, "AlreadyExists", 'configmaps "a" already exists'))
    with pytest.raises(ApiError, match="already exists") as caught:
        stub.api().create(CONFIG_MAP, manager="m", dry_run=False)
    assert (caught.value.code, caught.value.reason) == (409, "AlreadyExists")


def test_an_answer_that_is_not_json_still_says_something() -> None:
    stub = HttpStub()
    stub.will_answer(httpx2.Response(502, text="bad gateway"))
    with pytest.raises(ApiError, match="bad gateway"):
        stub.api().get(CONFIG_MAP)


def test_a_dry_run_says_so_to_the_server() -> None:
    stub = HttpStub()
    stub.will_answer(CONFIG_MAP)
    stub.api().apply(CONFIG_MAP, manager="m", force=True, dry_run=True)
    query = dict(stub.requests[0].url.params)
    assert query == {"fieldManager": "m", "force": "true", "dryRun": "All"}
    assert stub.requests[0].headers["content-type"] == "application/apply-patch+yaml"


def test_a_server_that_does_not_answer_is_named() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    http = httpx2.Client(transport=httpx2.MockTransport(refuse), base_url="https://gone")
    with pytest.raises(UnreachableError, match=r"https://gone.* does not answer"):
        Api(http=http).get(CONFIG_MAP)
