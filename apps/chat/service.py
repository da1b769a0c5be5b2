"""The chat over HTTP: the page behind its login, /healthz, /readyz and /metrics without one.

The latter may have a port of their own, which no ingress leads to: they say what is served.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from apps.chat.asking import Models
from apps.chat.declared import Declared
from apps.chat.metrics import CONTENT_TYPE, Metrics
from apps.chat.page import login, page

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
# Nothing that an answer says is fetched from anywhere; the page's own scripts are inline.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_INSIDE = ("/healthz", "/readyz", "/metrics")
# Of Gradio's own interface, what a chat does not need.
_CLOSED = ("/gradio_api/upload", "/gradio_api/proxy=", "/gradio_api/mcp",
           "/gradio_api/stream", "/gradio_api/deep_link", "/gradio_api/info")  # fmt: skip


def service(declared: Declared, transport: Any = None) -> Any:
    """Return the ASGI application; `transport` stands in for the network in tests."""
    fastapi: Any = import_module("fastapi")
    gradio: Any = import_module("gradio")
    metrics = Metrics()
    models = Models(declared, metrics, transport)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncGenerator[None]:
        yield
        await models.end()

    app = fastapi.FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/healthz", lambda: {"live": True})
    app.add_api_route("/readyz", _ready(models, fastapi))
    app.add_api_route("/metrics", lambda: fastapi.Response(metrics.text(), media_type=CONTENT_TYPE))
    gradio.mount_gradio_app(
        app, page(declared, models), path="/", auth=login(declared), show_error=False,
        auth_message=declared.title, ssr_mode=False, footer_links=[], enable_monitoring=False,
        max_file_size=0, run_history=False,
    )  # fmt: skip
    inside = declared.inside_port if declared.inside_port != declared.port else None
    return guarded(app, declared.request_bytes, inside)


def _ready(models: Models, fastapi: Any) -> Callable[[], Awaitable[Any]]:
    async def ready() -> Any:
        """Say whether the models answer.

        Not ready until they did once, so that a wrong key is never rolled out. After that the page
        is there whatever happens to them: it says in words what is wrong.
        """
        found = await models.listed()
        body = {"ready": models.answered, "models": found, "wrong": models.wrong or None}
        return fastapi.Response(
            json.dumps(body) + "\n", 200 if models.answered else 503, media_type="application/json"
        )

    return ready


def guarded(app: Application, most: int, inside: int | None = None) -> Application:
    """Return an application that takes no more than `most` bytes, and says what browsers may load.

    What Gradio offers besides a chat is not there; nor is, where `inside` is a port, the page on
    it, or what has no login on any other.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        is_inside = scope["path"] in _INSIDE
        elsewhere = inside is not None and (scope["server"][1] == inside) is not is_inside
        if elsewhere or scope["path"].startswith(_CLOSED):
            await _refuse(send, 404, "there is nothing here")
            return
        if _length(scope) > most:
            await _refuse(send, 413, f"the request is longer than {most} bytes")
            return
        seen = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            # One without a length is cut off, as if its sender had left.
            return message if seen <= most else {"type": "http.disconnect"}

        async def headed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await app(scope, counted, headed)

    return answer


def _length(scope: Scope) -> int:
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    told = next((value for name, value in headers if name == b"content-length"), b"0")
    return int(told) if told.isdigit() else 0


async def _refuse(send: Send, status: int, text: str) -> None:
    body = json.dumps({"error": text}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
