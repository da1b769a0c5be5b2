from collections.abc import Callable, Generator
from typing import Any

import pytest

from gitops.adapters.mlflow.api import RegistryError, Server
from gitops.adapters.mlflow.registry import Mlflow
from tests.gitops.mlflow import PASSWORD, USER, Service, mlflow
from tests.gitops.registry_contract import CONTRACT, uploaded


@pytest.fixture
def there() -> Generator[Service]:
    with mlflow() as found:
        yield found


def asked(there: Service, password: str = PASSWORD) -> Mlflow:
    waits: list[float] = []
    server = Server(address=there.address, user=USER, password=password, pause=waits.append)
    return Mlflow(server=server)


@pytest.mark.parametrize("promise", CONTRACT)
def test_the_contract_holds(there: Service, promise: Callable[[Mlflow, str], None]):
    promise(asked(there), "digits")


def test_a_thousand_versions_are_one_request_and_all_of_more_are_read(there: Service):
    for number in range(1000):
        there.add("digits", {"number": str(number)})
    some = asked(there).versions("digits")
    requests = len(there.requests)
    for _ in range(3001):
        there.add("digits", {})

    assert [one.number for one in some] == [*range(1000, 0, -1)]
    assert requests == 1
    assert [one.number for one in asked(there).versions("digits")] == [*range(4001, 0, -1)]
    assert len(there.requests) == 3


CASES: list[tuple[int, Any, str]] = [
    (401, b"You are not authenticated.", "the login is missing or wrong: set the variables"),
    (403, b"Permission denied", "grant the right on the registered model and its experiment"),
    (403, b"Invalid Host header", "or list the host in --allowed-hosts"),
    (404, b"<!doctype html>", "it must be that of an MLflow tracking server"),
    (409, {"error_code": "RESOURCE_CONFLICT", "message": "x"}, "another change came first"),
    (413, b"", "larger than what stands before the registry takes"),
    (400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "x"}, "read what the registry says"),
    (500, {"error_code": "INTERNAL_ERROR", "message": "x"}, "its database and its artifact store"),
    (503, b"", "its database and its artifact store"),
    (429, b"", "wait, and run it again"),
    (418, b"", "check that it is up"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "cure"), CASES)
def test_what_a_registry_refuses_has_a_cure(there: Service, status: int, body: Any, cure: str):
    there.first += [(status, body)] * 3

    with pytest.raises(RegistryError) as error:
        asked(there).versions("digits")

    assert error.value.status == status
    assert cure in error.value.cure


@pytest.mark.parametrize(("status", "body", "cure"), CASES)
def test_an_upload_that_is_refused_has_a_cure(there: Service, status: int, body: Any, cure: str):
    registry = asked(there)
    experiment = registry.experiment("digits")
    info = {"model_id": "m-1", "artifact_uri": "mlflow-artifacts:/1/models/m-1/artifacts"}
    there.first += [(200, {"model": {"info": info}}), (status, body)]

    with pytest.raises(RegistryError) as error:
        registry.upload(experiment, "digits", b"bytes")

    assert cure in error.value.cure
    assert not there.versions


def test_what_a_registry_repeats_of_the_login_is_not_said(there: Service):
    login = asked(there).server._token  # pyright: ignore[reportPrivateUsage]
    there.first += [(400, {"error_code": "X", "message": f"{login} {PASSWORD}"})]

    with pytest.raises(RegistryError) as error:
        asked(there).model("digits")

    assert PASSWORD not in str(error.value)
    assert login not in str(error.value)
    assert PASSWORD not in repr(asked(there))


def test_one_that_answers_nothing_is_told():
    with pytest.raises(RegistryError, match="failed with ConnectError; check that it is up"):
        Mlflow(server=Server(address="http://127.0.0.1:9")).versions("digits")


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", {"registered_model": {}}, {"registered_model": []}, b"no JSON"]
)
def test_an_answer_of_another_form_is_told(there: Service, body: Any):
    there.first += [(200, body)]

    with pytest.raises(RegistryError) as error:
        asked(there).model("digits")

    assert "check the address" in error.value.cure


def test_an_artifact_past_the_server_is_refused(there: Service):
    there.scheme = "s3://bucket/"

    with pytest.raises(RegistryError, match="keeps artifacts at s3://, past its server; start it"):
        uploaded(asked(there), "digits", b"bytes")

    assert there.versions["digits"] == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mlflow:5000", "is not a valid URL; write it like"),
        ("ftp://mlflow", "is not a valid URL"),
        ("https://", "is not a valid URL"),
        ("https://mlflow:99999", "is not a valid URL"),
        ("https://ada:secret@mlflow", "contains a user name or a password; take it out"),
        ("http://mlflow.example.org", "would get the password in plain text; use https"),
        ("https://ada:secret@mlflow:99999", "is not a valid URL"),
    ],
)
def test_an_address_that_would_give_the_login_away_is_refused(address: str, words: str):
    with pytest.raises(RegistryError, match=words) as error:
        Server(address=address, user=USER, password=PASSWORD)

    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "address", ["https://mlflow.example.org", "http://mlflow.models.svc:5000", "http://localhost:1"]
)
def test_an_address_near_by_or_of_https_is_taken(address: str):
    assert Server(address=address, user=USER, password=PASSWORD).address == address
