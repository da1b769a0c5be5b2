import asyncio
from typing import Any

import pytest

from apps.chat.metrics import Metrics
from apps.chat.service import guarded


async def _echo(_scope: Any, receive: Any, send: Any) -> None:
    body, message = b"", await receive()
    while message["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
        message = await receive()
    left = message["type"] == "http.disconnect"
    await send({"type": "http.response.start", "status": 400 if left else 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def asked(
    path: str = "/", parts: tuple[bytes, ...] = (b"",), length: int | None = None, port: int = 7860,
    inside: int | None = None,
) -> Any:  # fmt: skip
    """Return the messages of an answer to a request with a body in parts."""
    sent: list[Any] = []
    waiting = [{"type": "http.request", "body": one, "more_body": index + 1 < len(parts)}
               for index, one in enumerate(parts)]  # fmt: skip

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [] if length is None else [(b"content-length", b"%d" % length)]
    scope = {"type": "http", "path": path, "headers": headers, "server": ("10.0.0.1", port)}

    async def run() -> None:
        await guarded(_echo, 10, inside)(scope, receive, send)

    asyncio.run(run())
    return sent


def test_a_request_passes_and_its_answer_says_what_a_browser_may_load():
    start, body = asked(parts=(b"12345", b"67890"))

    assert (start["status"], body["body"]) == (200, b"1234567890")
    policy = dict(start["headers"])[b"content-security-policy"].decode()
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_a_request_that_is_too_long_is_refused_and_one_without_a_length_cut_off():
    assert asked(length=11)[0]["status"] == 413
    assert asked(parts=(b"123456", b"789012"))[0]["status"] == 400


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/proxy=http://a.test/"])
def test_what_no_chat_needs_is_not_there(path: str):
    assert asked(path)[0]["status"] == 404


def test_figures_are_counted_into_buckets():
    made = Metrics()
    for seconds in (0.04, 0.3, 500.0):
        made.began(seconds)

    text = made.text()
    assert 'chat_first_part_seconds_bucket{le="0.05"} 1' in text
    assert 'chat_first_part_seconds_bucket{le="0.5"} 2' in text
    assert 'chat_first_part_seconds_bucket{le="+Inf"} 3' in text


@pytest.mark.parametrize(
    ("path", "port", "status"),
    [
        ("/", 7860, 200), ("/readyz", 7860, 404), ("/metrics", 7860, 404), ("/healthz", 7860, 404),
        ("/", 7861, 404), ("/readyz", 7861, 200), ("/metrics", 7861, 200), ("/healthz", 7861, 200),
    ],
)  # fmt: skip
def test_what_asks_for_no_login_answers_on_a_port_of_its_own(path: str, port: int, status: int):
    assert asked(path, port=port, inside=7861)[0]["status"] == status
    assert asked(path, port=7860)[0]["status"] == 200
