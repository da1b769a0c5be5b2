"""An https source of files inside a sandbox, with a log of what was asked for."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread

from sandbox.cluster import keys
from sandbox.cluster.netns import NODE, enter
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.models.names import NameServer, service_of

HOST = "weights.sandbox.test"
PORT = 8443
READY = "ready"
ASKED = "asked for "
HELD = ".held"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A running source: the folder it serves, and the certificate authority that vouches for it."""

    folder: Path
    authority: Path
    log: Path

    def url(self, name: str) -> str:
        """Return the address of a file; it answers inside the sandbox only."""
        return f"https://{HOST}:{PORT}/{name}"

    def requests(self) -> list[str]:
        """Return the names of the files asked for so far, in order."""
        lines = self.log.read_text().splitlines()
        return [line.removeprefix(ASKED) for line in lines if line.startswith(ASKED)]

    @contextmanager
    def held(self, name: str) -> Generator[None]:
        """Keep everybody who asks for a file waiting until the end of the block."""
        sign = self.folder / f"{name}{HELD}"
        sign.touch()
        try:
            yield
        finally:
            sign.unlink()


class Logged(SimpleHTTPRequestHandler):
    """Serves files, and prints one line for each request as it arrives."""

    def do_GET(self) -> None:
        """Print the name and serve the file, once nothing holds it."""
        sys.stdout.write(f"{ASKED}{self.path.removeprefix('/')}\n")
        sys.stdout.flush()
        sign = Path(self.translate_path(self.path) + HELD)
        wait_until(lambda: not sign.exists(), f"{self.path} was not let go", seconds=120)
        super().do_GET()


def certificate(sandbox: Sandbox) -> None:
    """Make the source's key and certificate, signed by the cluster's own authority."""
    identity = keys.Identity(file="source", user="source", addresses=(f"DNS:{HOST}",))
    before = os.umask(0o077)
    try:
        keys.run(keys.certificate_command(sandbox.layout.keys, identity))
    finally:
        os.umask(before)


@contextmanager
def source(sandbox: Sandbox, folder: Path) -> Generator[Source]:
    """Serve a folder at the node's address until the end of the block."""
    certificate(sandbox)
    made = Source(
        folder=folder,
        authority=sandbox.layout.keys / "ca.crt",
        log=sandbox.layout.logs / "source.log",
    )
    program = (sys.executable, "-m", "sandbox.serving.weights_source")
    places = (str(folder), str(sandbox.layout.keys), str(sandbox.tools.program("kubectl")))
    words = [*enter(sandbox.netns), *program, *places]
    variables = {**os.environ, **sandbox.environment}
    with (
        made.log.open("w") as log,
        subprocess.Popen(words, stdout=log, stderr=log, env=variables) as process,
    ):
        try:
            wait_until(lambda: READY in made.log.read_text(), "The source did not start")
            yield made
        finally:
            process.terminate()


def address_of(name: str, kubectl: str) -> IPv4Address | None:
    """Return the address of the source, or of a Service of the cluster."""
    if name == HOST:
        return IPv4Address(NODE)
    service = service_of(name)
    if service is None:
        return None
    words = ["--namespace", service[0], "get", "service", service[1], "--ignore-not-found"]
    template = "--output=jsonpath={.spec.clusterIP}"
    asked = subprocess.run([kubectl, *words, template], capture_output=True, text=True, check=False)
    try:
        return IPv4Address(asked.stdout.strip())
    except ValueError:
        return None


def serve(folder: str, certificates: Path, kubectl: str) -> None:
    """Serve a folder over https until the process is ended, and tell names to pods."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "source.crt", certificates / "source.key")
    names = NameServer(IPv4Address(NODE), lambda name: address_of(name, kubectl))
    Thread(target=names.serve_forever, daemon=True).start()
    with ThreadingHTTPServer((NODE, PORT), partial(Logged, directory=folder)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
