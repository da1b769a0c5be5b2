"""The chat as a process, a browser that uses it, and a way to its models that can be cut."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from components.addons.chat.pod import ChatArgs, container
from components.parts.part import plain
from components.pool.containers import USER as POD_USER
from tests.e2e.installed import needed
from tests.e2e.locked import locked
from tests.e2e.routing.loopback import HOST, Client, free_port, wait_until
from tests.samples import pool_fields, stack
from tests.support.project import ROOT

LOCK = ROOT / "apps/chat/requirements.txt"
CONFINE = ROOT / "tests/e2e/registry/confine.sh"
BROWSER = ROOT / "apps/chat/requirements-browser.txt"
USER, PASSWORD = "someone", "not-a-real-chat-password"
# Between two parts of an answer, so that a browser can be quicker than the end of it.
PAUSE_SECONDS = 0.05
MARKUP = (
    "<img src=http://outside.test/a.png onerror=alert(1)><script>alert(2)</script>\n"
    "![picture](http://outside.test/b.png) **bold** [link](javascript:alert(3)) $$x^2$$ "
)


@dataclass(kw_only=True)
class Way:
    """A forwarder to a server: slow with events, and gone and back as it is told."""

    server: int
    port: int = field(default_factory=free_port)
    # Connections that whoever asked closed while an answer was under way.
    left: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _listener: asyncio.Server | None = None
    _open_ones: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def start(self) -> None:
        self._run(self._open())

    def stop(self) -> None:
        self._run(self._close())

    def serve(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        self._listener = await asyncio.start_server(self._handle, HOST, self.port)

    async def _close(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None
        for one in self._open_ones:
            one.transport.abort()

    async def _handle(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            far, there = await asyncio.open_connection(HOST, self.server)
        except OSError:
            back.close()
            return
        self._open_ones |= {back, there}
        asking = asyncio.create_task(self._pass(near, there))
        with suppress(OSError):
            while found := await far.read(1 << 16):
                for piece in re.split(rb"(?=data: )", found):
                    if piece.startswith(b"data: "):
                        await asyncio.sleep(PAUSE_SECONDS)
                    if back.is_closing() or asking.done():
                        self.left += 1
                        raise ConnectionResetError
                    back.write(piece)
                    await back.drain()
        asking.cancel()
        for one in (back, there):
            self._open_ones.discard(one)
            one.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while found := await source.read(1 << 16):
            sink.write(found)
            await sink.drain()


@contextmanager
def way(server: int) -> Generator[Way]:
    made = Way(server=server)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        made.start()
        yield made
    finally:
        made.stop()
        made.end()
        thread.join()


@dataclass(frozen=True, kw_only=True)
class Chat(Client):
    """A running chat: the port of its page, and the one of health and metrics."""

    inside: Client


def container_of(address: str, title: str = "Our models") -> dict[str, Any]:
    """Return the declared container of a chat over the models at an address."""
    login = {"secret": "chat-login"}
    said = {"image": "registry.test/chat:1", "login": login, "pool": "chat", "title": title}
    context, pools = stack({"chat": pool_fields()}, chat=said)
    assert context.settings.chat
    args = ChatArgs(context=context, settings=context.settings.chat, pools=pools, address=address)
    return plain(container(args))


@contextmanager
def chat(models: int, folder: Path, key: str) -> Generator["Chat"]:
    """Give a running chat over the models at a port of this machine, confined as its pod is."""
    port, inside = free_port(), free_port()
    log, place = folder / "chat.log", folder / "pod"
    skipped = shutil.ignore_patterns("__pycache__", "wheels")
    shutil.copytree(ROOT / "apps", place / "apps", ignore=skipped)
    found = container_of(f"http://{HOST}:{models}/v1")
    secrets = {"CHAT_KEY": key, "CHAT_USER": USER, "CHAT_PASSWORD": PASSWORD}
    environment = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1",
        # As in a site without a way out: nobody listens there.
        "HTTP_PROXY": f"http://{HOST}:9", "HTTPS_PROXY": f"http://{HOST}:9", "NO_PROXY": "",
        **{one["name"]: one.get("value") or secrets[one["name"]] for one in found["env"]},
        # The models here are others than those of the sample.
        "CHAT_MODELS": "", "CHAT_PORT": str(port), "CHAT_INSIDE_PORT": str(inside),
    }  # fmt: skip
    python = locked("chat", LOCK) / "python"
    confined = [CONFINE, python.parents[1], place, POD_USER, python, *found["command"][1:]]
    words = ["unshare", "--mount", "--propagation=private", "sh", *map(str, confined)]
    with (
        log.open("wb") as sink,
        subprocess.Popen(words, cwd="/", env=environment, stdout=sink, stderr=sink) as process,
    ):
        try:
            client = Chat(port=port, inside=Client(port=inside))

            def lives() -> bool:
                assert process.poll() is None, log.read_text()
                return client.inside.is_answered("/healthz")

            wait_until(lives, log.read_text, 120)
            yield client
        finally:
            process.terminate()
            process.wait(60)


@dataclass(kw_only=True)
class Window:
    """A page of a browser, and every host that it asked."""

    page: Any
    hosts: set[str] = field(default_factory=set[str])
    errors: list[str] = field(default_factory=list[str])

    def login(self, port: int, password: str = PASSWORD) -> None:
        self.page.goto(f"http://{HOST}:{port}/")
        self.page.get_by_label("username", exact=False).fill(USER)
        self.page.get_by_label("password", exact=False).fill(password)
        self.page.get_by_role("button", name="Login").click()

    def box(self) -> Any:
        return self.page.locator("textarea[data-testid=textbox]").last

    def ask(self, question: str) -> None:
        self.box().fill(question)
        self.box().press("Enter")

    def model(self) -> str:
        return self.page.get_by_label("Model").input_value()

    def choose(self, name: str) -> None:
        self.page.get_by_label("Model").click()
        self.page.get_by_role("option", name=name).click()

    def stop(self) -> None:
        """Press the button that takes the place of the one that sends."""
        self.page.locator("button.stop-button").click()

    def answers(self) -> list[str]:
        """Return the text of every answer on the page."""
        return self.page.locator(".message.bot").all_inner_texts()

    def wait_for(self, text: str, seconds: float = 30) -> None:
        self.page.get_by_text(text).last.wait_for(timeout=seconds * 1000)


@contextmanager
def browser() -> Generator[Any]:
    """Give Debian's Chromium, without a window."""
    needed("chromium")
    place = locked("browser", BROWSER).parent / "lib"
    (packages,) = place.glob("python*/site-packages")
    # The same Python runs both; only this needs it.
    sys.path.append(str(packages))
    try:
        driver: Any = import_module("playwright.sync_api")
        with driver.sync_playwright() as playing:
            made = playing.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            yield made
            made.close()
    finally:
        sys.path.remove(str(packages))


@contextmanager
def window(made: Any, **options: Any) -> Generator[Window]:
    context = made.new_context(viewport={"width": 1280, "height": 760}, **options)
    found = Window(page=context.new_page())

    def asked(request: Any) -> None:
        found.hosts.add(urlsplit(str(request.url)).hostname or "")

    def failed(error: Any) -> None:
        found.errors.append(str(error))

    found.page.on("request", asked)
    found.page.on("pageerror", failed)
    try:
        yield found
    finally:
        context.close()


def metrics(running: Chat) -> Mapping[str, float]:
    """Return the figures of /metrics by name with labels."""
    lines = running.inside.ask("/metrics")[1].splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


class Scripted(BaseHTTPRequestHandler):
    """A server of models that answers as it is asked to: a status, or markup."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reply(200, json.dumps({"data": [{"id": "scripted"}]}))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = asked["messages"][-1]["content"]
        if question.isdigit():
            self.reply(int(question), '{"error": {"message": "no"}}')
            return
        events = [{"choices": [{"delta": {"content": one}}]} for one in (MARKUP, question)]
        lines = [*map(json.dumps, events), "[DONE]"]
        self.reply(200, "".join(f"data: {line}\n\n" for line in lines), "text/event-stream")

    def reply(self, status: int, text: str, kind: str = "application/json") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Listener(ThreadingHTTPServer):
    """A listener that takes many connections at once, as those of models do."""

    request_queue_size = 128


@contextmanager
def scripted() -> Generator[int]:
    """Give the port of a server that answers as it is asked to."""
    with Listener((HOST, 0), Scripted) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
