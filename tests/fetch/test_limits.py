"""What servers do without an end: how much, how slow and how often has a bound, each by itself."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from fetch.transfer import CHUNK, Partial, Patience, download
from fetch.volume import Volume as Disk
from fetch.weight_set import PassingError, WeightsError
from tests.fetch.volume import Volume, gguf, ticking
from tests.fetch.weight_server import Answer

Send = Callable[[bytes], object]
CONTENT = gguf(3_000_000)
BLOCK = gguf(64 << 10)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PART = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/*\r\n\r\n"


def forever(block: bytes, *before: bytes) -> Callable[[Send], None]:
    """Return an answer that sends a block without an end."""

    def answer(send: Send) -> None:
        for text in itertools.chain(before, itertools.repeat(block)):
            send(text)

    return answer


def drip(*before: bytes, of: bytes = b"x") -> Callable[[Send], None]:
    """Return an answer whose bytes come one by one, for some hundredths of a second each."""
    pause = threading.Event()

    def answer(send: Send) -> None:
        for text in itertools.chain(before, itertools.repeat(of)):
            send(text)
            pause.wait(0.02)

    return answer


ENDLESS = {
    "a body": forever(BLOCK, OK + b"\r\n"),
    "chunks": forever(b"10000\r\n" + BLOCK + b"\r\n", CHUNKED),
    "small chunks": forever(b"1\r\nx\r\n" * 5000, CHUNKED),
    "a part of a file without an end": forever(BLOCK, PART),
    "a body of a length that nobody has": forever(
        BLOCK, OK + b"Content-Length: 1000000000000000\r\n\r\n"
    ),
    "a body of less than nothing": forever(BLOCK, OK + b"Content-Length: -1\r\n\r\n"),
    "a chunk of less than nothing": forever(BLOCK, CHUNKED, b"-5\r\n"),
    "a chunk of more than there is": forever(BLOCK, CHUNKED, b"ffffffffffffffff\r\n"),
    "the length of a chunk": forever(b"0" * 1000, CHUNKED),
    "headers": forever(b"A: b\r\n", OK),
    "one header": forever(b"b" * 1000, OK + b"A: "),
    "first lines": forever(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "lines after the last chunk": forever(b"A: b\r\n", CHUNKED, b"0\r\n"),
}
DRIPPING = {
    "a first line": drip(b"H"),
    "headers": drip(OK, of=b"A"),
    "the length of a chunk": drip(CHUNKED, of=b"0"),
    "lines after the last chunk": drip(CHUNKED, b"0\r\n", of=b"A"),
}


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the unfinished file became, each time that it grew."""
    known: list[int] = []
    real = Partial.append

    def append(partial: Partial, chunk: bytes) -> None:
        real(partial, chunk)
        known.append(partial.size)

    monkeypatch.setattr(Partial, "append", append)
    return known


def failed(
    volume: Volume, patience: Patience, answer: Answer, content: bytes = CONTENT, **fields: object
) -> WeightsError:
    """Fetch a file from a server that answers so each time, and return how that fails."""
    entry = volume.entry("a.gguf", content) | fields
    volume.declare(entry)
    volume.server.answers["/a.gguf"].extend([answer] * 20)
    with pytest.raises(WeightsError) as failure:
        download(volume.weights()[0], Disk(volume.root), patience)
    return failure.value


@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("endless", ENDLESS)
def test_what_has_no_end_never_takes_more_than_the_set_says(
    volume: Volume, sizes: list[int], endless: str, sized: bool
):
    patience = replace(ticking(0.01, retries=1), stall_timeout=0.3)
    size = len(CONTENT) if sized else None
    problem = failed(volume, patience, Answer(raw=ENDLESS[endless]), size=size)
    assert max(sizes, default=0) <= len(CONTENT) * 1.01
    if not isinstance(problem, PassingError):
        assert not (volume.root / "weights").exists()


@pytest.mark.parametrize("dripping", DRIPPING)
def test_what_drips_where_no_bytes_are_counted_is_left(volume: Volume, dripping: str):
    patience = replace(ticking(0.001), stall_timeout=0.2)
    problem = failed(volume, patience, Answer(raw=DRIPPING[dripping]))
    assert "nothing whole came for" in str(problem)
    assert isinstance(problem, PassingError)


def pieces(*sizes: int) -> Answer:
    """Return an answer of pieces that are read one by one."""
    texts = itertools.chain.from_iterable(
        (b"%x\r\n" % size, CONTENT[:size], b"\r\n") for size in sizes
    )
    return Answer(raw=lambda send: [send(text) for text in (CHUNKED, *texts)])


def test_bytes_that_drip_are_left_after_a_window(volume: Volume, sizes: list[int]):
    problem = failed(volume, ticking(20), pieces(*[1] * 1000), size=None)
    assert "less than 100000 a second" in str(problem)
    assert max(sizes) < 1000


def test_bursts_that_are_too_far_apart_are_no_progress(volume: Volume, sizes: list[int]):
    content = gguf(20 * CHUNK)
    burst = Answer(keep=2 * CHUNK)
    problem = failed(volume, ticking(30, retries=2), burst, content)
    assert "Gave up after 3 tries" in str(problem)
    assert max(sizes) <= 6 * CHUNK


def test_bursts_and_drips_by_turns_are_left(volume: Volume, sizes: list[int]):
    mixed = pieces(2 * CHUNK, *[1] * 1000)
    problem = failed(volume, ticking(20, retries=1), mixed, size=None)
    assert "Gave up after 2 tries" in str(problem)
    assert max(sizes) < 2 * CHUNK + 1000


def fetched(volume: Volume, *answers: Answer, retries: int = 3) -> list[str | None]:
    """Fetch a file whose bytes change after the first answer; return what was asked for."""
    entry = volume.entry("a.gguf", CONTENT)
    volume.declare(entry)
    changed = [gguf(len(CONTENT), "old"), *[CONTENT] * 9]
    volume.server.answers["/a.gguf"].extend(answers)
    volume.server.versions["/a.gguf"].extend(changed)
    download(volume.weights()[0], Disk(volume.root), ticking(0.001, retries))
    assert volume.path(entry).read_bytes() == CONTENT
    return [seen.condition for seen in volume.server.seen]


@pytest.mark.parametrize("name", ["ETag", "Last-Modified"])
def test_a_file_that_changed_meanwhile_is_sent_whole(volume: Volume, name: str):
    old, new = (
        {"ETag": ('"1"', '"2"'), "Last-Modified": ("Mon, 01 Jan 2024 00:00:00 GMT", "Tue, 02")}
    )[name]
    asked = fetched(
        volume, Answer(keep=400, headers={name: old}), Answer(headers={name: new}), retries=1
    )
    assert asked == [None, old]
    assert volume.server.sent["/a.gguf"] == 400 + len(CONTENT)


def test_a_part_of_another_file_is_not_appended(volume: Volume):
    first = Answer(keep=400, headers={"ETag": '"1"'})
    other = Answer(heedless=True, keep=0, headers={"ETag": '"2"'})
    assert fetched(volume, first, other) == [None, '"1"', None]


@pytest.mark.parametrize("tag", ['W/"1"', "1", '"a b"', '"' + "1" * 999 + '"', '"\xe4"', ""])
def test_a_file_put_together_from_two_gets_one_clean_second_try(volume: Volume, tag: str):
    asked = fetched(volume, *[Answer(keep=400, headers={"ETag": tag})], Answer(), retries=1)
    assert asked == [None, None, None]


def test_a_file_that_changes_each_time_is_given_up_and_leaves_nothing(volume: Volume):
    volume.server.versions["/a.gguf"].extend(gguf(len(CONTENT), str(n)) for n in range(9))
    problem = failed(volume, ticking(0.001, retries=9), Answer(keep=1_600_000, heedless=True))
    assert not isinstance(problem, PassingError)
    assert "SHA-256 is" in str(problem)
    assert len(volume.server.seen) == 4
    assert not (volume.root / "weights").exists()


def test_a_partial_of_an_earlier_run_outlives_a_refusal_that_did_not_touch_it(volume: Volume):
    entry = volume.entry("a.gguf", CONTENT)
    volume.partial(entry).parent.mkdir(parents=True)
    volume.partial(entry).write_bytes(CONTENT[:400])
    problem = failed(volume, ticking(0.001), Answer(status=404))
    assert "answered 404" in str(problem)
    assert volume.partial(entry).read_bytes() == CONTENT[:400]


def test_an_estimate_is_passed_by_one_percent_at_most(volume: Volume):
    about = len(CONTENT) * 100 // 101
    entry = volume.entry("a.gguf", CONTENT) | {"size": None, "about": about}
    volume.declare(entry | {"about": about + 1})
    assert volume.fetch().returncode == 0
    volume.path(entry).unlink()
    volume.declare(entry | {"about": about - 1})
    done = volume.fetch()
    assert (done.returncode, f"the set says at most {about - 1}" in done.stderr) == (3, True)
    assert not (volume.root / "weights").exists()
