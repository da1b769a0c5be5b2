"""A server of releases on loopback, and the files it gives."""

import hashlib
import io
import struct
import tarfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread

from sandbox.toolchain.releases import Download, Member
from sandbox.toolchain.tools import Platform

AMD64 = Platform(system="linux", architecture="amd64")


def elf(machine: int = 62) -> bytes:
    """Return the head of a program file for one processor; 62 is amd64."""
    return b"\x7fELF" + bytes(14) + struct.pack("<H", machine) + b"code"


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a compressed archive of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def sha256(content: bytes) -> str:
    """Return the digest of a file as hex."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def serving(
    files: Mapping[str, bytes], *, short: str = "", tls: SSLContext | None = None
) -> Generator[str]:
    """Serve files by their name below an address; the one called `short` ends a byte early."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            content = files.get(name, b"")
            self.send_response(200 if name in files else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:-1] if name == short else content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def download(address: str, name: str, *targets: str, inside: str = "") -> Download:
    """Return a download of one served file; `inside` is the folder in an archive."""
    members = tuple(
        Member(path=f"{inside}/{target.rsplit('/', 1)[1]}" if inside else "", target=target)
        for target in targets
    )
    return Download(url=f"{address}/{name}", digests=f"{address}/SHA256SUMS", members=members)
