import socket
import time
from collections.abc import Generator

import pytest

from gitops.adapters.notices import NoticeError, Receiver
from tests.gitops import receivers
from tests.gitops.receivers import SECRET

BOTH = pytest.mark.parametrize("dedupes", [True, False])


@pytest.fixture
def there() -> Generator[receivers.Receiver]:
    with receivers.receiver() as found:
        yield found


def posted(address: str, waits: list[float], *, dedupes: bool = True, seconds: float = 5.0) -> str:
    """Return why a notice was not taken; nothing where it was."""
    found = Receiver(address=address, dedupes=dedupes, seconds=seconds, pause=waits.append)
    said, cause = repr(found), ""
    try:
        found.post(b'{"a": 1}', "the key")
    except NoticeError as error:
        cause = error.cause
        said += f"{error!r} {cause} {error.cure} {error.__context__!r} {error.__cause__!r}"
    assert SECRET not in said
    return cause


@BOTH
def test_a_notice_that_is_taken_is_sent_once_with_its_key(there: receivers.Receiver, dedupes: bool):
    assert posted(there.address, [], dedupes=dedupes) == ""
    assert (there.bodies, there.keys) == ([{"a": 1}], ["the key"])


@BOTH
@pytest.mark.parametrize("status", [429, 500, 503])
def test_who_says_that_it_took_nothing_is_asked_again(
    there: receivers.Receiver, status: int, dedupes: bool
):
    there.first = [(status, {"Retry-After": "7"} if status == 429 else {})]
    waits: list[float] = []

    assert posted(there.address, waits, dedupes=dedupes) == ""
    assert there.keys == ["the key", "the key"]
    assert waits == ([7.0] if status == 429 else [1.0])


def test_it_is_tried_three_times_and_no_more(there: receivers.Receiver):
    there.first = [(500, {})] * 5
    waits: list[float] = []

    assert posted(there.address, waits) == "the receiver answered 500"
    assert (len(there.keys), waits) == (3, [1.0, 2.0])


def test_a_wait_that_is_too_long_is_not_cut_short(there: receivers.Receiver):
    there.first = [(429, {"Retry-After": "3600"})]
    waits: list[float] = []

    assert posted(there.address, waits) == "the receiver answered 429"
    assert (len(there.keys), waits) == (1, [])


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(there: receivers.Receiver, status: int):
    there.first = [(status, {"Location": f"{there.address}/elsewhere"})]

    assert posted(there.address, []) == f"the receiver answered {status}"
    assert there.paths == [f"/services/{SECRET}"]


@pytest.mark.parametrize("status", [502, 504])
def test_what_may_have_been_taken_is_not_sent_again_to_who_knows_no_keys(
    there: receivers.Receiver, status: int
):
    there.first = [(status, {})]
    assert posted(there.address, [], dedupes=False) == f"the receiver answered {status}"
    assert len(there.keys) == 1

    there.first = [(status, {})]
    assert posted(there.address, [], dedupes=True) == ""


@BOTH
@pytest.mark.parametrize("said", [b"", b"x"])
def test_a_receiver_that_never_ends_its_answer_ends_in_bounded_time(said: bytes, dedupes: bool):
    waits: list[float] = []
    with receivers.hung(said) as address:
        began = time.monotonic()
        cause = posted(address, waits, dedupes=dedupes, seconds=0.15)
        took = time.monotonic() - began

    assert cause.startswith("the receiver did not answer: ")
    assert len(waits) == (2 if dedupes else 0)
    assert took < 5


def test_nobody_there_is_tried_again_though_keys_are_unknown():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    waits: list[float] = []

    assert (
        posted(f"http://127.0.0.1:{port}/{SECRET}", waits, dedupes=False)
        == "the receiver did not answer: ConnectError"
    )
    assert len(waits) == 2


@pytest.mark.parametrize(
    "address",
    [
        "", SECRET, f"http://example.org/{SECRET}", f"https:///{SECRET}", f"ftp://a/{SECRET}",
        f"https://example.org:x/{SECRET}", f"https://example.org/{SECRET}\nb",
        f"https://example.org/a {SECRET}", f"https://[/{SECRET}", f"http://127.0.0.1.a/{SECRET}",
        f"https://é/{SECRET}", f"https://a/{SECRET}{'a' * 2048}",
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_not_asked(address: str):
    assert posted(address, []) == "is no https address"
