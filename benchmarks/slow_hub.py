"""A hub on the loopback that takes its time: each answer after a delay, every byte counted.

Runs as a process of its own, so that it takes no time from what is measured; it prints its port,
and at its end what it saw.
"""

import asyncio
import hashlib
import json
import signal
import ssl
import sys
from collections import Counter
from contextlib import suppress

DELAY = 0.05
SIZE = 1_000_000


def digest(file: str) -> str:
    """Return the SHA-256 that the hub tells of a file."""
    return hashlib.sha256(file.encode()).hexdigest()


async def _serve(certificate: str, key: str) -> None:
    seen: Counter[str] = Counter()
    bodies = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal bodies
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ")
                seen[method] += 1
                await asyncio.sleep(DELAY)
                body = b"" if method == "HEAD" else b"GGUF" * (SIZE // 4)
                bodies += len(body)
                writer.write(_head(path.rpartition("/")[2]) + body)
                await writer.drain()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stopped.wait()
    server.close()
    sys.stdout.write(json.dumps({"requests": dict(seen), "bodies": bodies}) + "\n")


def _head(file: str) -> bytes:
    lines = (
        "HTTP/1.1 200 OK",
        f"Content-Length: {SIZE}",
        f'ETag: "{digest(file)}"',
        f"X-Repo-Commit: {'0' * 40}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:3]))
