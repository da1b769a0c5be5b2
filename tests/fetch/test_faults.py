"""What servers and networks do wrong: no bad file gets its final name, every retry is bounded."""

import signal
import threading

import pytest

from tests.fetch.conftest import SecureServer
from tests.fetch.volume import Volume, gguf
from tests.fetch.weight_server import Answer


@pytest.mark.parametrize(
    ("status", "cure"), [(401, "token Secret"), (403, "gated"), (404, "check the address")]
)
def test_a_final_status_is_asked_once_and_names_its_cure(volume: Volume, status: int, cure: str):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    volume.server.answers["/a.gguf"].append(Answer(status=status))
    done = volume.fetch()
    assert (done.returncode, cure in done.stderr) == (3, True)
    assert len(volume.server.seen) == 1
    assert not volume.marker.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_status_is_asked_again(volume: Volume, status: int):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    volume.server.answers["/a.gguf"].append(Answer(status=status))
    assert volume.fetch().returncode == 0
    assert len(volume.server.seen) == 2


@pytest.mark.parametrize(("asked", "kept"), [("17", "17.0"), ("86400", "60.0")])
def test_the_pause_a_server_asks_for_is_kept_up_to_a_minute(volume: Volume, asked: str, kept: str):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    volume.server.answers["/a.gguf"].append(Answer(status=503, headers={"Retry-After": asked}))
    running = volume.start()
    assert running.stdout
    lines = iter(running.stdout.readline, "")
    told = next(line for line in lines if "Next try" in line)
    running.send_signal(signal.SIGTERM)
    assert running.communicate(timeout=10)[1] == ""
    assert running.returncode == 143
    assert f"answered 503. Next try in {kept} s." in told


def test_failures_in_a_row_are_bounded(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].extend([Answer(keep=10)] * 9)
    done = volume.fetch("--retries", "2")
    assert (done.returncode, len(volume.server.seen)) == (1, 3)
    assert "Gave up after 3 tries; 30 bytes are kept" in done.stderr
    assert volume.partial(entry).read_bytes() == gguf(100)[:30]


def test_failures_with_progress_between_them_are_not_counted(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(5 << 20)))
    volume.server.answers["/a.gguf"].extend([Answer(keep=5 << 18)] * 3)
    assert volume.fetch("--retries", "1").returncode == 0
    assert volume.server.sent["/a.gguf"] == 5 << 20


def test_a_wrong_digest_leaves_no_file_and_says_both(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.server.files["/a.gguf"] = gguf(100, "other")
    volume.declare(entry)
    done = volume.fetch()
    assert done.returncode == 3
    assert f"expected {entry['sha256']}" in done.stderr
    assert volume.server.url("/a.gguf") in done.stderr
    assert not volume.path(entry).exists()
    assert not volume.partial(entry).exists()
    assert not volume.marker.exists()


def test_a_wrong_length_is_refused_before_its_bytes_and_keeps_the_partial(volume: Volume):
    entry = volume.entry("a.gguf", gguf(1000))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].append(Answer(keep=400))
    assert volume.fetch("--retries", "0").returncode == 1
    volume.server.files["/a.gguf"] = b"log in first"
    volume.server.answers["/a.gguf"].append(Answer(ignore_range=True))
    done = volume.fetch()
    assert (done.returncode, "has 12 bytes, the set says 1000" in done.stderr) == (3, True)
    assert volume.partial(entry).read_bytes() == gguf(1000)[:400]


def test_a_server_that_ignores_ranges_is_read_from_the_start(volume: Volume):
    entry = volume.entry("a.gguf", gguf(1000))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].extend([Answer(keep=400), Answer(ignore_range=True)])
    assert volume.fetch().returncode == 0
    assert volume.server.sent["/a.gguf"] == 1400
    assert volume.path(entry).read_bytes() == gguf(1000)


def test_a_range_that_starts_elsewhere_is_not_appended(volume: Volume):
    entry = volume.entry("a.gguf", gguf(1000))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].extend([Answer(keep=400), Answer(shift=7)])
    assert volume.fetch("--retries", "2").returncode == 0
    assert volume.path(entry).read_bytes() == gguf(1000)


@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("length", [1000, 1001, 2000])
def test_a_partial_of_full_length_or_more_ends_well(volume: Volume, length: int, sized: bool):
    entry = volume.entry("a.gguf", gguf(1000), sized=sized)
    volume.declare(entry)
    volume.path(entry).parent.mkdir(parents=True)
    volume.partial(entry).write_bytes((gguf(1000) + gguf(1000))[:length])
    assert volume.fetch().returncode == 0
    assert volume.path(entry).read_bytes() == gguf(1000)
    assert volume.server.sent["/a.gguf"] == (0 if length == 1000 else 1000)


def test_a_rotten_partial_of_an_earlier_run_is_started_over(volume: Volume):
    entry = volume.entry("a.gguf", gguf(1000))
    volume.declare(entry)
    volume.path(entry).parent.mkdir(parents=True)
    volume.partial(entry).write_bytes(bytes(400))
    assert volume.fetch().returncode == 0
    assert volume.path(entry).read_bytes() == gguf(1000)


@pytest.mark.parametrize("sized", [True, False])
def test_an_answer_without_length_is_read_and_resumed(volume: Volume, sized: bool):
    entry = volume.entry("a.gguf", gguf(1000), sized=sized)
    volume.declare(entry)
    volume.server.answers["/a.gguf"].extend([Answer(chunked=True, keep=400), Answer(chunked=True)])
    assert volume.fetch().returncode == 0
    assert volume.server.sent["/a.gguf"] == 1000


def test_a_stalled_download_is_dropped_and_resumed(volume: Volume):
    hold = threading.Event()
    entry = volume.entry("a.gguf", gguf(1000))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].append(Answer(keep=400, hold=hold))
    assert volume.fetch("--stall-timeout", "0.2").returncode == 0
    hold.set()
    assert volume.server.sent["/a.gguf"] == 1000


def test_a_server_that_is_away_is_said_plainly(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    volume.server.server_close()
    done = volume.fetch()
    assert (done.returncode, "Connection refused. Gave up" in done.stderr) == (1, True)


def test_redirects_in_a_circle_end(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    hop = Answer(status=302, headers={"Location": "/a.gguf"})
    volume.server.answers["/a.gguf"].extend([hop] * 99)
    done = volume.fetch()
    assert (done.returncode, "redirects more than" in done.stderr) == (3, True)
    assert len(volume.server.seen) == 10


def test_an_untrusted_certificate_is_refused_at_once(volume: Volume, secure: SecureServer):
    entry = volume.entry("a.gguf", gguf(100))
    secure.server.files = volume.server.files
    volume.declare(entry | {"url": secure.server.url("/a.gguf")})
    done = volume.fetch()
    assert (done.returncode, "certificate is not trusted" in done.stderr) == (3, True)
    assert volume.fetch(SSL_CERT_FILE=str(secure.authority)).returncode == 0


def test_files_before_a_failing_one_are_kept(volume: Volume):
    good, bad = volume.entry("a.gguf", gguf(100)), volume.entry("b.gguf", gguf(200))
    volume.declare(good, bad)
    volume.server.answers["/b.gguf"].append(Answer(status=404))
    assert volume.fetch().returncode == 3
    assert volume.path(good).exists()
    assert volume.fetch().returncode == 0
    assert volume.server.sent["/a.gguf"] == 100
