from collections.abc import Generator
from dataclasses import replace

import pytest

from gitops.adapters.forge.comments import PullRequest
from gitops.adapters.forge.hosts import github_api
from gitops.adapters.forge.place import ForgeError
from tests.gitops.github import BOT, COMMIT, TOKEN, Service, github


@pytest.fixture
def service() -> Generator[Service]:
    with github() as service:
        yield service


def request(service: Service) -> PullRequest:
    return PullRequest(api=github_api(service.address, TOKEN), repository="team/models", number=12)


def test_every_page_of_comments_is_read(service: Service):
    for number in range(230):
        service.write("somebody", f"comment {number}")

    found = list(request(service).comments())

    assert [one.text for one in found] == [f"comment {number}" for number in range(230)]
    assert len(service.requests) == 3


def test_a_comment_is_added_and_edited(service: Service):
    request(service).add("first")
    (comment,) = request(service).comments()

    request(service).edit(comment, "second")

    assert (comment.author, comment.text) == (BOT, "first")
    assert service.texts() == ["second"]


def test_a_pull_request_is_at_a_commit(service: Service):
    assert request(service).commit() == COMMIT


def test_a_wrong_token_is_told_without_showing_it(service: Service):
    wrong = replace(request(service), api=github_api(service.address, "not-the-token"))

    with pytest.raises(
        ForgeError, match=r"answered 401: Bad credentials; the token is invalid"
    ) as e:
        wrong.add("text")

    assert "not-the-token" not in str(e.value)
    assert service.texts() == []


def test_a_service_that_is_not_there_is_told(service: Service):
    nowhere = replace(request(service), api=github_api("http://127.0.0.1:9", TOKEN))

    with pytest.raises(ForgeError, match="failed with ConnectError; check that it is up"):
        list(nowhere.comments())


def test_a_pull_request_that_is_not_there_is_told(service: Service):
    with pytest.raises(ForgeError, match=r"answered 404.*pull-requests: write"):
        list(replace(request(service), number=13).comments())
