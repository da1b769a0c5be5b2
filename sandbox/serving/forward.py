"""An address of this machine that leads to one inside a sandbox.

The listener is made outside and handed to a process inside: a socket stays where it was made.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Thread

from sandbox.cluster.netns import enter

LOOPBACK = "127.0.0.1"
_PIECE = 65536


@contextmanager
def forwarded(netns: str, host: str, port: int) -> Generator[int]:
    """Give the port of this machine's loopback that leads to an address inside."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        words = (sys.executable, "-m", "sandbox.serving.forward", str(listener.fileno()))
        argv = [*enter(netns), *words, host, str(port)]
        with subprocess.Popen(argv, pass_fds=[listener.fileno()]) as process:
            try:
                yield listener.getsockname()[1]
            finally:
                process.terminate()


def serve(listener: socket.socket, target: tuple[str, int]) -> None:
    """Connect each caller with the target until the process is ended."""
    while True:
        caller, _ = listener.accept()
        try:
            server = socket.create_connection(target, timeout=10)
        except OSError:
            caller.close()
            continue
        server.settimeout(None)
        for pair in ((caller, server), (server, caller)):
            Thread(target=copy, args=pair, daemon=True).start()


def copy(source: socket.socket, target: socket.socket) -> None:
    """Hand on what one side says, and that it has ended."""
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt), socket.socket(fileno=int(sys.argv[1])) as inherited:
        serve(inherited, (sys.argv[2], int(sys.argv[3])))
