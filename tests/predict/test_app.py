"""The application by itself, as ASGI calls it, with a model that is told what to do."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest

from predict.app import App
from predict.model import Model
from predict.rows import LARGEST_BODY, Feed, Tensor
from tests.predict.png import png

SAID = {"model": "digits", "version": "2", "semver": "1.1.0", "digest": "sha256:ab"}
ROWS = b'{"rows": [[1, 2], [3, 4]]}'


@dataclass(frozen=True, kw_only=True)
class Told(Model):
    """A model that answers with this value, or raises it; a gate holds every answer back."""

    answer: Any = None
    gate: Event | None = None

    def run(self, feeds: Mapping[str, Feed]) -> dict[str, Any]:
        if self.gate:
            self.gate.wait(10)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"y": self.answer or [sum(feeds["x"].values)]}


def told(answer: Any = None, gate: Event | None = None) -> Told:
    x = Tensor(name="x", kind="float", rows=None, shape=(2,))
    return Told(session=None, inputs=(x,), outputs=("y",), answer=answer, gate=gate)


def app_of(model: Told | Exception, threads: int = 1) -> App:
    def load() -> Told:
        if isinstance(model, Exception):
            raise model
        return model

    return App(load, SAID, threads)


async def ask(
    app: App, path: str, body: bytes | None = None, method: str = "", kind: str = ""
) -> tuple[int, str, dict[str, str]]:
    """Return status, body and headers of an answer."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", kind.encode())] if kind else []
    verb = method or ("POST" if body else "GET")
    scope = {"type": "http", "path": path, "method": verb, "headers": headers}
    await app(scope, receive, send)
    start, content = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], content["body"].decode(), headers


async def started(model: Told | Exception) -> App:
    app = app_of(model)
    await app.start()
    return app


def test_rows_in_outputs_out_with_what_answered():
    async def run() -> tuple[int, str, Any]:
        return await ask(await started(told()), "/predict", ROWS)

    status, text, headers = asyncio.run(run())
    assert (status, json.loads(text)) == (200, {"outputs": {"y": [10]}, **SAID})
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(text))


def test_a_picture_is_predicted_by_a_model_of_pixels_and_refused_by_others():
    x = Tensor(name="x", kind="uint8", rows=None, shape=(1, 2))
    body = png(bytes([3, 4]), 2, 1)

    async def test() -> None:
        app = await started(Told(session=None, inputs=(x,), outputs=("y",)))
        status, said, _ = await ask(app, "/predict", body, kind="image/png")
        assert (status, json.loads(said)["outputs"]) == (200, {"y": [7]})
        assert (await ask(app, "/predict", b"GIF89a", kind="Image/GIF"))[0] == 415

        of_numbers = await started(told())
        assert (await ask(of_numbers, "/predict", body, kind="image/png"))[0] == 415

    asyncio.run(test())


def test_its_schema_says_what_it_takes_and_how_much_of_it():
    x = Tensor(name="x", kind="uint8", rows=None, shape=(8, 9))

    async def test() -> None:
        assert (await ask(app_of(told()), "/schema"))[0] == 503
        app = await started(Told(session=None, inputs=(x,), outputs=("y",)))
        status, said, _ = await ask(app, "/schema")
        assert status == 200
        assert json.loads(said) == {
            "rows": {"least": 1, "most": 1000},
            "bytes": LARGEST_BODY,
            "inputs": [{"name": "x", "type": "uint8", "shape": [8, 9]}],
            "outputs": ["y"],
            "picture": {"type": "image/png", "height": 8, "width": 9},
            **SAID,
        }
        assert json.loads((await ask(await started(told()), "/schema"))[1])["picture"] is None

    asyncio.run(test())


def test_it_lives_before_it_is_ready_and_is_ready_once_it_predicted():
    async def run() -> list[tuple[int, str, Any]]:
        app = app_of(told())
        before = [await ask(app, "/healthz"), await ask(app, "/readyz")]
        refused = await ask(app, "/predict", ROWS)
        await app.start()
        return [*before, refused, await ask(app, "/readyz")]

    live, unready, refused, ready = asyncio.run(run())
    assert (live[0], unready[0], ready[0]) == (200, 503, 200)
    assert (refused[0], refused[1]) == (503, '{"error": "the model is not ready"}\n')
    assert json.loads(ready[1]) == {"ready": True, **SAID}


@pytest.mark.parametrize("model", [RuntimeError("loads not"), told(RuntimeError("predicts not"))])
def test_a_model_that_cannot_predict_is_never_ready_and_ends_the_server(model: Told | Exception):
    ended: list[bool] = []

    async def run() -> tuple[App, int]:
        app = app_of(model)
        app.end = lambda: ended.append(True)
        await app.start()
        return app, (await ask(app, "/readyz"))[0]

    app, status = asyncio.run(run())
    assert (status, ended) == (503, [True])
    assert "not" in str(app.failure)


def test_life_and_metrics_are_answered_while_a_prediction_takes_its_time():
    gate = Event()

    async def run() -> tuple[int, str]:
        app = app_of(told())
        await app.start()
        vars(app)["_model"] = told(gate=gate)
        slow = asyncio.create_task(ask(app, "/predict", ROWS))
        while not app.metrics.in_service:
            await asyncio.sleep(0)
        seen = (await ask(app, "/healthz"))[0], (await ask(app, "/metrics"))[1]
        gate.set()
        assert (await slow)[0] == 200
        return seen

    status, text = asyncio.run(run())
    assert status == 200
    assert "predict_requests_in_service 1\n" in text


def test_more_than_can_be_queued_is_told_to_come_again():
    gate = Event()

    async def run() -> list[tuple[int, dict[str, str]]]:
        app = app_of(told())
        await app.start()
        vars(app)["_model"] = told(gate=gate)
        asked = [asyncio.create_task(ask(app, "/predict", ROWS)) for _ in range(70)]
        while sum(one.done() for one in asked) < 6:
            await asyncio.sleep(0)
        gate.set()
        return [(status, headers) for status, _, headers in await asyncio.gather(*asked)]

    found = asyncio.run(run())
    assert [status for status, _ in found].count(200) == 64
    assert {headers.get("retry-after") for status, headers in found if status == 503} == {"1"}


class InvalidArgument(Exception):  # noqa: N818 (onnxruntime's own name)
    """What onnxruntime raises for a shape that the model does not take."""


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (InvalidArgument("rank"), 422, "the model does not take x [2, 2]"),
        (RuntimeError("secret path"), 500, "the model failed on x [2, 2]: RuntimeError"),
        ([float("nan")], 500, "the model answered with a number that JSON does not have"),
    ],
)
def test_whose_fault_it_is_is_told(answer: Any, status: int, said: str):
    async def run() -> tuple[int, str, Any]:
        app = app_of(told())
        await app.start()
        vars(app)["_model"] = told(answer)
        return await ask(app, "/predict", ROWS)

    found = asyncio.run(run())
    assert (found[0], json.loads(found[1])) == (status, {"error": said})


@pytest.mark.parametrize(
    ("path", "method", "body", "status"),
    [
        ("/predict", "GET", b"", 405), ("/predict", "POST", b"{", 400),
        ("/predict", "POST", b'{"rows": [[1]]}', 422), ("/healthz", "POST", b"x", 405),
        ("/predict", "POST", b" " * (LARGEST_BODY + 1), 413), ("/docs", "GET", b"", 404),
    ],
)  # fmt: skip
def test_what_is_not_served_has_a_status_and_a_sentence(
    path: str, method: str, body: bytes, status: int
):
    async def run() -> tuple[int, str, Any]:
        return await ask(await started(told()), path, body, method)

    found = asyncio.run(run())
    assert found[0] == status
    assert list(json.loads(found[1])) == ["error"]


def test_a_client_that_leaves_while_it_sends_is_counted_as_a_bad_request():
    async def run() -> str:
        app = await started(told())

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            """Nobody is there."""

        await app({"type": "http", "path": "/predict", "method": "POST"}, receive, send)
        return (await ask(app, "/metrics"))[1]

    assert 'predict_requests_total{code="400"} 1\n' in asyncio.run(run())


def test_a_body_in_parts_is_one_body_and_is_cut_off_where_it_is_too_long():
    async def run(parts: list[bytes]) -> int:
        app, sent = await started(told()), list[Any]()
        left = list(parts)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        async def send(message: Any) -> None:
            sent.append(message)

        await app({"type": "http", "path": "/predict", "method": "POST"}, receive, send)
        return sent[0]["status"]

    assert asyncio.run(run([ROWS[:5], ROWS[5:]])) == 200
    assert asyncio.run(run([b" " * LARGEST_BODY, b" ", b" "])) == 413
