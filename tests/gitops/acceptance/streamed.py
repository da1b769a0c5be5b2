"""A server that streams chats with known waits, or misbehaves; also `python -m` of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.proof.served import KEY, events

Misbehave = Callable[["Streams", web.Request, str], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True)
class Streams:
    """What a server streams: seconds before the first token and between tokens, and how many.

    `wrong` is what it does instead from the chat of number `after` on.
    """

    first: float = 0.2
    between: float = 0.01
    tokens: int = 8
    wrong: Misbehave | None = None
    after: int = 1
    asked: list[str] = field(default_factory=list[str])
    open: int = 0
    most_open: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


async def _answer(request: web.Request) -> web.StreamResponse:
    served = request.app[SERVED]
    body = await request.json()
    said = body["messages"][0]["content"]
    served.asked.append(said)
    served.open += 1
    served.most_open = max(served.most_open, served.open)
    try:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"message": "no key"}}, status=401)
        if served.wrong and len(served.asked) > served.after:
            return await served.wrong(served, request, body["model"])
        return await streamed(served, request, body["model"], " Paris")
    finally:
        served.open -= 1


async def streamed(
    served: Streams, request: web.Request, name: str, word: str, *, upto: int | None = None
) -> web.StreamResponse:
    """Stream an answer as it is declared; only so many of its pieces where a number is given."""
    pieces = events(name, *[word] * served.tokens).split(b"\n\n")[:-1]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    clock = asyncio.get_running_loop().time
    due = clock() + served.first
    for piece in pieces[:upto]:
        await asyncio.sleep(max(0.0, due - clock()))
        await response.write(piece + b"\n\n")
        due += served.between
    if upto is not None and request.transport:
        request.transport.abort()
    return response


def says(status: int, **headers: str) -> Misbehave:
    """Answer with a status, and with words that differ each time."""

    async def wrong(served: Streams, _: web.Request, _name: str) -> web.StreamResponse:
        message = json.dumps({"error": {"message": f"refused {len(served.asked)}"}})
        return web.Response(text=message, status=status, headers=headers)

    return wrong


async def cut(served: Streams, request: web.Request, name: str) -> web.StreamResponse:
    return await streamed(served, request, name, " Paris", upto=3)


async def lies(served: Streams, request: web.Request, name: str) -> web.StreamResponse:
    return await streamed(served, request, f"not-{name}", " Paris")


async def empty(served: Streams, request: web.Request, name: str) -> web.StreamResponse:
    return await streamed(served, request, name, " ")


async def html(_: Streams, _request: web.Request, _name: str) -> web.StreamResponse:
    return web.Response(text="<!doctype html><title>Sign in</title>", content_type="text/html")


async def echoes(_: Streams, _request: web.Request, _name: str) -> web.StreamResponse:
    return web.json_response({"error": {"message": f"bad key {KEY}"}}, status=500)


async def never(_: Streams, _request: web.Request, name: str) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError(name)


SERVED = web.AppKey("served", Streams)


@asynccontextmanager
async def streams(served: Streams, port: int = 0) -> AsyncGenerator[Streams]:
    """Run a server on this loop."""
    app = web.Application()
    app[SERVED] = served
    app.router.add_post("/v1/chat/completions", _answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
        await site.start()
        served.port = runner.addresses[0][1]
        yield served
    finally:
        await runner.cleanup()


async def _forever(first: float, between: float, tokens: int) -> None:
    async with streams(Streams(first=first, between=between, tokens=tokens)) as served:
        sys.stdout.write(f"{served.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_forever(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
