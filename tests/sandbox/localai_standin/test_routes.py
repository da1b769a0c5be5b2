from http import HTTPStatus

import pytest

from sandbox.localai_standin.routes import find, is_public


def test_a_part_of_a_path_can_name_the_model():
    found = find("POST", "/v1/engines/tiny/completions")

    assert found.path == "/v1/engines/:model/completions"
    assert dict(found.parts) == {"model": "tiny"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/models", HTTPStatus.OK),
        ("GET", "/v1/models/", HTTPStatus.OK),
        ("GET", "/v1/completions", HTTPStatus.METHOD_NOT_ALLOWED),
        ("HEAD", "/readyz", HTTPStatus.METHOD_NOT_ALLOWED),
        ("POST", "/models/apply", HTTPStatus.NOT_FOUND),
        ("GET", "/v1/models/other/one", HTTPStatus.NOT_FOUND),
    ],
)
def test_a_route_is_there_or_has_another_method_or_is_not(
    method: str, path: str, status: HTTPStatus
):
    assert find(method, path).status == status


@pytest.mark.parametrize(
    ("method", "path", "public"),
    [
        ("GET", "/readyz", True),
        ("HEAD", "/readyz", False),
        ("GET", "/", True),
        ("GET", "/static/a.js", True),
        ("GET", "/swagger/a/b", True),
        ("GET", "/system", False),
        ("GET", "/nothing", False),
    ],
)
def test_few_routes_are_public(method: str, path: str, public: bool):
    assert is_public(method, path, find(method, path)) is public
