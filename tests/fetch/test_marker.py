"""What is recorded, checked and told."""

import io
from http.client import HTTPResponse
from typing import cast

import pytest

from fetch.transfer import Partial, receive
from fetch.volume import Volume as Disk
from tests.fetch.volume import Volume, gguf, ticking
from tests.fetch.weight_server import Answer


def test_check_says_what_is_missing_and_the_cure(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.declare(entry)
    done = volume.run("check")
    assert (done.returncode, "run the weights Job again" in done.stderr) == (1, True)
    assert volume.fetch().returncode == 0
    volume.path(entry).unlink()
    done = volume.run("check")
    assert (done.returncode, str(entry["path"]) in done.stderr) == (1, True)


def test_the_marker_is_gone_while_a_file_of_its_set_is_missing(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.declare(entry)
    assert volume.fetch().returncode == 0
    volume.path(entry).unlink()
    volume.server.answers["/a.gguf"].append(Answer(status=404))
    assert volume.fetch().returncode == 3
    assert not volume.marker.exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": [1]}', '{"files": 3}'])
def test_a_broken_marker_says_not_there(volume: Volume, content: str):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    assert volume.fetch().returncode == 0
    volume.marker.write_text(content)
    assert volume.run("check").returncode == 1
    assert volume.fetch().returncode == 0
    assert volume.run("check").returncode == 0


def test_progress_is_one_plain_line_now_and_then(
    volume: Volume, capsys: pytest.CaptureFixture[str]
):
    entry = volume.entry("a.gguf", bytes(6 << 20))
    volume.declare(entry)
    ((wanted,), patience) = volume.weights(), ticking(4)
    with Partial(Disk(volume.root), wanted) as partial:
        response = cast("HTTPResponse", io.BytesIO(bytes(6 << 20)))
        receive(response, partial, wanted, 6 << 20, patience)
    assert capsys.readouterr().out.splitlines() == [
        "a.gguf: 3145728 of 6291456 bytes, 262144 bytes/s",
        "a.gguf: 6291456 of 6291456 bytes, 262144 bytes/s",
    ]
