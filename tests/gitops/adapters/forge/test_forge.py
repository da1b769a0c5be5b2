import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.adapters.forge.hosts import forge, github_api
from gitops.adapters.forge.place import ForgeError, Kind, Place, place_of
from gitops.adapters.forge.pulls import Done, Forge, Pull, Wanted, put
from tests.gitops.forges import REPOSITORY, TOKEN, Service, service

WANTED = Wanted(
    branch="promote/staging", commit="1f" * 20, base="main", title="Promote", body="The plan\n"
)
FORGES = (Kind.GITHUB, Kind.GITLAB, Kind.GITEA)


@pytest.fixture(params=FORGES)
def there(request: pytest.FixtureRequest) -> Generator[Service]:
    with service(request.param) as found:
        yield found


def asked(there: Service, token: str = TOKEN, waits: list[float] | None = None) -> Forge:
    place = Place(kind=there.kind, api=there.address, repository=REPOSITORY)
    return forge(place, token, (waits if waits is not None else []).append)


def test_a_pull_request_is_opened_and_then_left_alone(there: Service):
    first, done = put(asked(there), WANTED)
    second, again = put(asked(there), WANTED)

    assert (done, again) == (Done.OPENED, Done.UNCHANGED)
    assert first == second
    assert len(there.pulls) == 1
    assert [one.partition(" ")[0] for one in there.requests] == ["GET", "POST", "GET"]


def test_a_pull_request_is_updated_where_its_text_is_another(there: Service):
    put(asked(there), WANTED)

    pull, done = put(asked(there), replace(WANTED, body="another plan"))

    assert (done, pull.body) == (Done.UPDATED, "another plan")
    assert len(there.pulls) == 1


def test_line_ends_of_a_forge_are_no_difference(there: Service):
    put(asked(there), replace(WANTED, body="a\r\nb\r\n\r\n"))

    assert put(asked(there), replace(WANTED, body="a\nb"))[1] is Done.UNCHANGED


def test_one_that_another_run_opened_meanwhile_is_updated(there: Service):
    put(asked(there), WANTED)
    there.blind = 1

    pull, done = put(asked(there), replace(WANTED, title="Promote again"))

    assert (done, pull.title, len(there.pulls)) == (Done.UPDATED, "Promote again", 1)


def test_a_forge_that_sees_a_push_later_is_asked_again(there: Service):
    put(asked(there), WANTED)
    waits: list[float] = []
    late = json.loads(json.dumps(there.pulls[0]).replace(WANTED.commit, "2e" * 20))
    there.first += [(200, {}, [late])] * 2

    assert put(asked(there), WANTED, waits.append)[1] is Done.UNCHANGED
    assert waits == [1.0, 2.0]


def test_a_pull_request_of_another_commit_than_what_was_pushed_is_not_taken(there: Service):
    put(asked(there), WANTED)
    pushed = replace(WANTED, commit="2e" * 20, title="Promote again")

    with pytest.raises(ForgeError, match=r"is at 1f1f1f1, not at 2e2e2e2; see who else pushes"):
        put(asked(there), pushed, list[float]().append)

    assert there.pulls[0]["title"] == "Promote"


def test_two_runs_at_once_open_one(there: Service):
    with ThreadPoolExecutor(max_workers=2) as both:
        found = [one.result()[0].number for one in
                 [both.submit(put, asked(there), WANTED) for _ in range(2)]]  # fmt: skip

    assert found == [1, 1]
    assert len(there.pulls) == 1


def test_a_pull_request_of_another_branch_or_of_a_fork_is_another(there: Service):
    put(asked(there), replace(WANTED, branch="promote/production"))
    if there.kind is Kind.GITLAB:
        there.pulls.append({**there.pull(_gitlab()), "source_project_id": 8})
    if there.kind is Kind.GITEA:
        fork = there.pull({"head": WANTED.branch, "base": "main", "title": "x", "body": ""})
        there.pulls.append({**fork, "head": {**fork["head"], "repo_id": 8}})
    if there.kind is Kind.GITHUB:
        # GitHub filters by owner and branch, and the owner may have a fork of the repository.
        fork = there.pull({"head": WANTED.branch, "base": "main", "title": "x", "body": ""})
        for repository in ({"id": 8}, None):
            there.pulls.append({**fork, "head": {**fork["head"], "repo": repository}})

    assert asked(there).pulls(WANTED.branch, WANTED.base) == []


def _gitlab() -> dict[str, str]:
    return {"source_branch": WANTED.branch, "target_branch": "main", "title": "x",
            "description": ""}  # fmt: skip


def test_a_second_page_of_pull_requests_is_read_on_gitea():
    with service(Kind.GITEA) as there:
        for number in range(120):
            put_in = {"head": f"branch-{number}", "base": "main", "title": "x", "body": ""}
            there.pulls.append(there.pull(put_in))

        assert [one.number for one in asked(there).pulls("branch-119", "main")] == [120]


def review(there: Service, who: str, state: str, *, commit: str = "1f" * 20) -> dict[str, object]:
    if there.kind is Kind.GITLAB:
        return {"user": {"username": who}}
    return {"user": {"login": who}, "state": state, "commit_id": commit}


def test_who_approves_is_counted_without_the_author(there: Service):
    pull, _ = put(asked(there), WANTED)
    for who in (pull.author, "ada", "grace", "ada"):
        there.reviews.append(review(there, who, "APPROVED"))

    assert asked(there).approvals(pull) == {"ada", "grace"}


@pytest.mark.parametrize("kind", [Kind.GITHUB, Kind.GITEA])
def test_an_approval_of_another_commit_or_taken_back_does_not_count(kind: Kind):
    with service(kind) as there:
        pull, _ = put(asked(there), WANTED)
        there.reviews += [
            review(there, "ada", "APPROVED", commit="2e" * 20),
            review(there, "grace", "APPROVED"),
            review(there, "grace", "CHANGES_REQUESTED"),
            review(there, "edsger", "APPROVED"),
            review(there, "edsger", "COMMENTED"),
            {**review(there, "alan", "APPROVED"), "dismissed": True},
        ]

        assert asked(there).approvals(pull) == {"edsger"}


@pytest.mark.parametrize(
    ("status", "headers", "cure"),
    [
        (401, {}, "the token is invalid or has expired: use another one"),
        (403, {}, "the token may not do that: it needs "),
        (404, {}, "check the repository"),
        (409, {}, "another change came first: run it again"),
        (422, {}, "read what the forge says"),
        (413, {}, "longer than this forge accepts"),
        (301, {}, "the repository was renamed"),
        (418, {}, "check the address"),
        (500, {}, "run it again later"),
        (503, {"Retry-After": "900"}, "run it again later"),
        (429, {"Retry-After": "900"}, "wait 900 s, and run it again"),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795903200"},
         "wait until 22:00 UTC, and run it again"),
    ],
)  # fmt: skip
def test_what_a_forge_refuses_has_a_cure(status: int, headers: dict[str, str], cure: str):
    with service(Kind.GITHUB) as there:
        there.first += [(status, headers, {"message": f"as said: {TOKEN}\nto all"})] * 6

        with pytest.raises(ForgeError) as error:
            put(asked(there), WANTED)

    assert f"/repos/team/models/pulls answered {status}: as said: REDACTED to all; " in str(
        error.value
    )
    assert cure in error.value.cure
    assert TOKEN not in str(error.value)


def test_a_body_that_is_too_long_is_told(there: Service):
    if there.kind is Kind.GITLAB:
        there.first += [(200, {}, []), (413, {}, b"too large")]

    with pytest.raises(ForgeError, match="promote fewer models at once"):
        put(asked(there), replace(WANTED, body="x" * 70_000))


@pytest.mark.parametrize(
    ("status", "headers", "waited"),
    [(503, {}, [1.0, 2.0]), (502, {"Retry-After": "3"}, [3.0, 3.0]),
     (429, {"Retry-After": "1"}, [1.0, 1.0]), (403, {"Retry-After": "2"}, [2.0, 2.0]),
     (429, {"Retry-After": "soon"}, [])],
)  # fmt: skip
def test_a_forge_that_is_busy_is_asked_again_as_it_says(
    there: Service, status: int, headers: dict[str, str], waited: list[float]
):
    waits: list[float] = []
    there.first += [(status, headers, {})] * 2

    if waited:
        assert put(asked(there, waits=waits), WANTED)[1] is Done.OPENED
    else:
        with pytest.raises(ForgeError):
            put(asked(there, waits=waits), WANTED)

    assert waits == waited


def test_a_forge_that_stays_busy_is_given_up(there: Service):
    waits: list[float] = []
    there.first += [(503, {}, {})] * 9

    with pytest.raises(ForgeError, match="answered 503; "):
        put(asked(there, waits=waits), WANTED)

    assert (len(there.requests), waits) == (3, [1.0, 2.0])


@pytest.mark.parametrize("answer", [b"<html>", [], [{"id": 1}], {"message": []}, [None], "text"])
def test_what_is_no_pull_request_is_told(there: Service, answer: object):
    there.first.append((201, {}, answer))

    with pytest.raises(ForgeError, match=r"answered no JSON|something other than pull requests"):
        asked(there).create(WANTED)


def test_a_token_is_in_no_description_of_a_client(there: Service):
    assert TOKEN not in repr(asked(there))


@pytest.mark.parametrize(
    ("remote", "kind", "api", "repository"),
    [
        ("https://github.com/team/models.git", "github", "https://api.github.com", "team/models"),
        ("git@github.com:team/models.git", "github", "https://api.github.com", "team/models"),
        ("ssh://git@gitlab.com:22/a/b/models", "gitlab", "https://gitlab.com/api/v4", "a/b/models"),
        ("https://codeberg.org/team/models", "gitea", "https://codeberg.org/api/v1", "team/models"),
        ("/srv/models.git", "none", "", "srv/models"),
        ("file:///data/srv/models.git", "none", "", "srv/models"),
        ("../models", "none", "", "../models"),
    ],
)
def test_the_forge_is_seen_from_the_remote(remote: str, kind: str, api: str, repository: str):
    assert place_of(remote, {}) == Place(kind=Kind(kind), api=api, repository=repository)


@pytest.mark.parametrize(
    ("environment", "kind", "api"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_API_URL": "https://git.example/api/v3"},
         Kind.GITHUB, "https://git.example/api/v3"),
        ({"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true"}, Kind.GITEA,
         "https://git.example/api/v1"),
        ({"GITLAB_CI": "true", "CI_API_V4_URL": "https://git.example/gitlab/api/v4"},
         Kind.GITLAB, "https://git.example/gitlab/api/v4"),
        ({"GITLAB_CI": "true", "CI_API_V4_URL": "https://elsewhere.example/api/v4"},
         Kind.GITLAB, "https://git.example/api/v4"),
    ],
)  # fmt: skip
def test_ci_says_which_forge_an_unknown_host_is(environment: dict[str, str], kind: Kind, api: str):
    found = place_of("https://git.example/team/models", environment)

    assert (found.kind, found.api) == (kind, api)


def test_an_unknown_host_is_refused_until_it_is_told():
    with pytest.raises(ForgeError, match=r"which forge git.example is.*--forge github"):
        place_of("https://git.example/team/models", {})

    told = place_of("https://git.example:3000/team/models", {}, Kind.GITEA)
    assert told.api == "https://git.example:3000/api/v1"


@given(st.text())
def test_any_remote_is_a_place_or_refused(remote: str):
    try:
        found = place_of(remote, {})
    except ForgeError:
        return
    assert found.kind is Kind.NONE or found.api.startswith("https://")


def test_a_pull_request_has_the_same_form_on_every_forge(there: Service):
    pull, _ = put(asked(there), WANTED)

    assert pull == Pull(
        number=1, url=f"{there.address}/1", title="Promote", body="The plan\n",
        commit="1f" * 20, author="promoter",
    )  # fmt: skip


PULL: dict[str, object] = {
    "number": 1, "html_url": "u", "iid": 1, "web_url": "u", "title": "t", "sha": "c",
    "source_project_id": 7, "target_project_id": 7, "head": {"sha": "c", "ref": "b"},
    "base": {"ref": "main"}, "user": {"login": "ada"}, "author": {"username": "ada"},
}  # fmt: skip
STEERING: tuple[object, ...] = (
    b"[" * 100_000, {"a": 1}, [1], 5, None, [{**PULL, "head": None, "source_project_id": None}],
    [{**PULL, "number": "1/../../keys", "iid": "../../keys"}], [{**PULL, "title": ["t"]}],
    [{**PULL, "user": {"login": ["ada"]}, "author": {"username": ["ada"]}}],
)  # fmt: skip


@pytest.mark.parametrize("answer", STEERING, ids=range(len(STEERING)))
def test_an_answer_of_another_form_neither_crashes_nor_steers(there: Service, answer: object):
    pull = Pull(number=1, url="", title="", body="", commit="c", author="")
    questions = (lambda: asked(there).pulls("b", "main"), lambda: asked(there).approvals(pull))
    for question in questions:
        there.first.append((200, {}, answer))
        try:
            found = question()
        except ForgeError:
            continue
        assert all(isinstance(one, str) or one.number == 1 for one in found)


def test_an_answer_that_takes_too_long_ends(there: Service):
    api = github_api(there.address, TOKEN, seconds=0.0)
    there.first.append((200, {}, []))
    with pytest.raises(ForgeError, match="took longer than 0 s"):
        api.ask("GET", "repos/team/models/pulls")


def test_an_approval_of_a_stranger_does_not_count():
    with service(Kind.GITHUB) as there:
        pull, _ = put(asked(there), WANTED)
        for who, place in (("ada", "MEMBER"), ("sock", "NONE"), ("puppet", "CONTRIBUTOR")):
            there.reviews.append({**review(there, who, "APPROVED"), "author_association": place})

        assert asked(there).approvals(pull) == {"ada"}
