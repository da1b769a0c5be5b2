"""Answers HTTP as an ASGI application: /predict, /schema, /healthz, /readyz and /metrics."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from predict.metrics import CONTENT_TYPE, Metrics
from predict.model import Model
from predict.picture import PNG, picture, pixels_of
from predict.rows import LARGEST_BODY, MOST_ROWS, Feed, RowsError, Tensor, feeds

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
# What makes of a body what a model is fed.
Reader = Callable[[bytes, tuple[Tensor, ...]], dict[str, Feed]]

# How long a client may take to send a body, and how many requests may wait for a core each.
_BODY_SECONDS = 10.0
_QUEUE = 64
_NOT_READY = "the model is not ready"
_JSON: Headers = [(b"content-type", b"application/json")]
_TEXT: Headers = [(b"content-type", CONTENT_TYPE.encode())]
_RETRY: Headers = [(b"retry-after", b"1")]


class App:
    """One model behind HTTP; predictions run on `threads` threads, everything else on one."""

    def __init__(self, load: Callable[[], Model], said: dict[str, str], threads: int) -> None:
        self._load, self._said = load, said
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="predict")
        self._most = threads * _QUEUE
        self._model: Model | None = None
        self.metrics = Metrics(said)
        # Why the model will never be ready, once that is known.
        self.failure: Exception | None = None
        # Called once there is a failure.
        self.end: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Load the model and let it predict once; from then on the pod is ready."""
        loop = asyncio.get_running_loop()
        try:
            model = await loop.run_in_executor(self._pool, self._load)
            await loop.run_in_executor(self._pool, model.warm_up)
        except Exception as error:  # whatever it is: it never gets ready
            self.failure = error
            self.end()
            return
        self._model, self.metrics.ready = model, True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path, method = scope["path"], scope["method"]
        if path == "/predict":
            await self._predict(method, _reader(scope), receive, send)
        elif method not in ("GET", "HEAD"):
            await _error(send, 405, "use GET")
        elif path == "/healthz":
            await _answer(send, 200, b'{"live": true}\n', _JSON)
        elif path == "/readyz":
            ready = self._model is not None
            body = {"ready": ready, **self._said}
            await _answer(send, 200 if ready else 503, _json(body), _JSON)
        elif path == "/metrics":
            await _answer(send, 200, self.metrics.text().encode(), _TEXT)
        elif path == "/schema" and self._model:
            await _answer(send, 200, _json({**schema(self._model), **self._said}), _JSON)
        elif path == "/schema":
            await _answer(send, 503, _json({"error": _NOT_READY}), [*_JSON, *_RETRY])
        else:
            await _error(send, 404, "ask /predict, /schema, /healthz, /readyz or /metrics")

    async def _predict(self, method: str, read: Reader, receive: Receive, send: Send) -> None:
        began, rows, extra = time.perf_counter(), 0, list[tuple[bytes, bytes]]()
        try:
            if method != "POST":
                raise RowsError(405, 'POST {"rows": [...]}')
            body = await _body(receive)
            began = time.perf_counter()
            content, rows = await self._answered(body, read)
            code = 200
        except RowsError as error:
            code, content = error.status, _json({"error": error.text})
            extra = _RETRY if code == 503 else []
        self.metrics.answered(code, time.perf_counter() - began, rows)
        await _answer(send, code, content, [*_JSON, *extra])

    async def _answered(self, body: bytes, read: Reader) -> tuple[bytes, int]:
        if self._model is None:
            raise RowsError(503, _NOT_READY)
        if self.metrics.in_service >= self._most:
            raise RowsError(503, f"{self._most} requests are being predicted already")
        loop = asyncio.get_running_loop()
        self.metrics.in_service += 1
        try:
            return await loop.run_in_executor(self._pool, self._predicted, self._model, body, read)
        finally:
            self.metrics.in_service -= 1

    def _predicted(self, model: Model, body: bytes, read: Reader) -> tuple[bytes, int]:
        fed = read(body, model.inputs)
        try:
            outputs = model.run(fed)
        except Exception as error:  # of many classes, which the library makes as it is loaded
            raise RowsError(*_failed(error, fed)) from None
        try:
            content = json.dumps({"outputs": outputs, **self._said}, allow_nan=False)
        except ValueError:
            raise RowsError(
                500, "the model answered with a number that JSON does not have"
            ) from None
        return f"{content}\n".encode(), next(iter(fed.values())).shape[0]


def _failed(error: Exception, fed: dict[str, Feed]) -> tuple[int, str]:
    """Return whose fault it is: onnxruntime calls by that name what a model does not take."""
    shapes = ", ".join(f"{name} {list(feed.shape)}" for name, feed in fed.items())
    if type(error).__name__ == "InvalidArgument":
        return 422, f"the model does not take {shapes}"
    return 500, f"the model failed on {shapes}: {type(error).__name__}"


def schema(model: Model) -> dict[str, Any]:
    """Return what a model takes and answers, and the limits of a request; None is any length."""
    pixels = pixels_of(model.inputs)
    return {
        "rows": {"least": 1, "most": MOST_ROWS},
        "bytes": LARGEST_BODY,
        "inputs": [
            {"name": one.name, "type": one.kind, "shape": list(one.shape)} for one in model.inputs
        ],
        "outputs": list(model.outputs),
        "picture": {"type": PNG, "height": pixels[0], "width": pixels[1]} if pixels else None,
    }


def _reader(scope: Scope) -> Reader:
    """Return what reads the body: pictures by their type, and everything else as JSON."""
    headers: Headers = list(scope.get("headers") or ())
    told = next((value for name, value in headers if name == b"content-type"), b"")
    return picture if told.strip().lower().startswith(b"image/") else feeds


async def _body(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        RowsError: it is too long, or takes too long.
    """
    content = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RowsError(400, "the request ended too early")
                content += message.get("body", b"")
                if len(content) > LARGEST_BODY:
                    raise RowsError(413, f"the request is longer than {LARGEST_BODY} bytes")
                if not message.get("more_body"):
                    return bytes(content)
    except TimeoutError:
        raise RowsError(408, f"the request took longer than {_BODY_SECONDS:.0f} s") from None


def _json(value: dict[str, Any]) -> bytes:
    return f"{json.dumps(value)}\n".encode()


async def _error(send: Send, code: int, text: str) -> None:
    await _answer(send, code, _json({"error": text}), _JSON)


async def _answer(send: Send, code: int, body: bytes, headers: Headers) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": code, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
