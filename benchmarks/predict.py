"""How many predictions a served model answers on one core, beside an application that does nothing.

The server runs on the first core and the clients on the second, so that neither takes from the
other; both servers are uvicorn with the locked packages of the image.
"""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from benchmarks.peers.programs import cache
from benchmarks.process import say
from predict import declared
from sandbox.models.onnx import forest

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "package" / "predict" / "requirements.txt"
HOST, PORT = "127.0.0.1", 8099
CLIENTS, SECONDS = 8, 5.0
_SERVE = ("-E", "-s", "-m", "predict", "serve")
_EMPTY = """\
import sys, uvicorn
BODY = b'{"outputs": {}}'
HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"15")]}
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send(HEAD)
    await send({"type": "http.response.body", "body": BODY})
uvicorn.run(app, port=int(sys.argv[1]), http="httptools", loop="asyncio", ws="none", lifespan="off",
            access_log=False, log_level="warning")
"""


def main() -> None:
    """Measure and print."""
    python = _python()
    model = forest()
    rows = [[float(one % 17) for one in range(64)]]
    say(
        f"forest of 20 trees, {len(model)} bytes, 64 inputs; {CLIENTS} connections, {SECONDS:.0f} s"
    )
    with TemporaryDirectory() as folder:
        variables = _declared(Path(folder), model)
        _compare(python, variables, rows)
    trained = ROOT / "build" / "classifier" / "model.onnx"
    if not trained.is_file():
        say("  the classifier was not measured: `make train` makes it")
        return
    with TemporaryDirectory() as folder:
        variables = _declared(Path(folder), trained.read_bytes())
        body = json.dumps({"rows": [[[index * 30 % 256] * 8 for index in range(8)]]}).encode()
        with _running([python, *_SERVE], variables) as process:
            for clients in (1, CLIENTS):
                say(f"  classifier, {clients:>2} at once {_load(process, body, clients)}")


def _compare(python: str, variables: Mapping[str, str], rows: list[list[float]]) -> None:
    """Measure the server beside an application that does nothing."""
    empty, served = [python, "-c", _EMPTY, str(PORT)], [python, *_SERVE]
    for name, command, count in (
        ("empty ASGI answer", empty, 1), ("predict, 1 row", served, 1),
        ("predict, 100 rows", served, 100),
    ):  # fmt: skip
        with _running(command, variables) as process:
            body = json.dumps({"rows": rows * count}).encode()
            say(f"  {name:<21} {_load(process, body, CLIENTS)}")


def _python() -> str:
    """Return the python of an environment with what the image holds, made once."""
    place = cache() / f"predict-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    uv = [str(Path(sys.executable).with_name("uv")), "--quiet"]
    if not (place / "whole").is_file():
        say("installing the locked packages of the image")
        subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, place], check=True)
        install = ["pip", "install", "--require-hashes", "--python", place / "bin" / "python"]
        subprocess.run([*uv, *install, "-r", LOCK], check=True)
        (place / "whole").touch()
    return str(place / "bin" / "python")


def _declared(folder: Path, model: bytes) -> Mapping[str, str]:
    (folder / "model.onnx").write_bytes(model)
    return {
        declared.MODEL: "forest", declared.VERSION: "1", declared.SEMVER: "1.0.0",
        declared.DIGEST: f"sha256:{hashlib.sha256(model).hexdigest()}",
        declared.SIZE: str(len(model)), declared.FILE: "model.onnx", declared.FOLDER: str(folder),
        declared.PORT: str(PORT), declared.THREADS: "1",
    }  # fmt: skip


@contextmanager
def _running(command: Sequence[str], variables: Mapping[str, str]) -> Generator[int]:
    """Give the process of a server on the first core, once it answers."""
    first, *others = sorted(os.sched_getaffinity(0))
    with subprocess.Popen(
        ["taskset", "--cpu-list", str(first), *command], cwd=ROOT, env={**os.environ, **variables}
    ) as process:
        if others:
            os.sched_setaffinity(0, others)
        try:
            while not _is_ready():
                if process.poll() is not None:
                    raise SystemExit(process.returncode)
                time.sleep(0.1)
            yield process.pid
        finally:
            os.sched_setaffinity(0, {first, *others})
            process.terminate()


def _is_ready() -> bool:
    with suppress(OSError), urlopen(f"http://{HOST}:{PORT}/readyz", timeout=2) as answer:
        return answer.status == 200
    return False


def _load(process: int, body: bytes, clients: int) -> str:
    """Return the figures of a load in a line; milliseconds."""
    before = _processor(process)
    began = time.perf_counter()
    found = sorted(asyncio.run(_answers(body, clients)))
    seconds = time.perf_counter() - began
    used = _processor(process) - before
    half, worst = (1000 * found[int(len(found) * part)] for part in (0.5, 0.99))
    return (
        f"{len(found) / seconds:7.0f}/s  p50 {half:5.1f} ms  p99 {worst:5.1f} ms  "
        f"{1e6 * used / len(found):5.0f} us of its core each"
    )


def _processor(process: int) -> float:
    """Return the processor seconds of a process so far (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _answers(body: bytes, clients: int) -> list[float]:
    until = time.perf_counter() + SECONDS
    request = (
        f"POST /predict HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    found = await asyncio.gather(*(_client(request, until) for _ in range(clients)))
    return [one for each in found for one in each]


async def _client(request: bytes, until: float) -> list[float]:
    """Return the seconds that each answer on one connection took."""
    found: list[float] = []
    async with _connected() as (reader, writer):
        while (began := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise SystemExit(head.decode())
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
            found.append(time.perf_counter() - began)
    return found


@asynccontextmanager
async def _connected() -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(HOST, PORT)
    try:
        yield reader, writer
    finally:
        writer.close()
