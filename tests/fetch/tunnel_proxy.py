"""A loopback proxy that only tunnels, and remembers what it was asked in clear."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class TunnelProxy(ThreadingHTTPServer):
    """Connects to the local port that a CONNECT names; `refuse` answers 403 instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TunnelHandler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.refuse = False

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class TunnelHandler(BaseHTTPRequestHandler):
    """Answers CONNECT; anything else is an error of the client."""

    server: TunnelProxy  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Remember what should have been encrypted."""
        self.server.asked.append(("GET", self.path, dict(self.headers)))
        self.send_error(400)

    def do_CONNECT(self) -> None:
        """Join both sides until one of them closes."""
        self.server.asked.append(("CONNECT", self.path, dict(self.headers)))
        if self.server.refuse:
            self.send_error(403)
            return
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as far:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pump, args=(far, self.connection), daemon=True)
            back.start()
            _pump(self.connection, far)
            back.join(5)
        self.close_connection = True


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxying() -> Generator[TunnelProxy]:
    """Run a proxy on an ephemeral port."""
    proxy = TunnelProxy()
    thread = threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
