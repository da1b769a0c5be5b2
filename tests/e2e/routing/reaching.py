"""Ways between this machine and a cluster in its network namespace."""

import ctypes
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

from components.parts.part import Manifest
from sandbox.cluster.netns import NODE
from tests.e2e.routing.loopback import HOST


@contextmanager
def reachable(netns: str, address: str, port: int) -> Generator[int]:
    """Listen at an address of a network namespace for a port of this machine, and give the port."""
    listening = _within(netns, lambda: socket.create_server((address, 0)))
    with _forwarded(listening, lambda: socket.create_connection((HOST, port))) as found:
        yield found


@contextmanager
def led_into(netns: str, address: str, port: int) -> Generator[int]:
    """Give a port of this machine that leads to an address of a network namespace."""

    def connect() -> socket.socket:
        return _within(netns, lambda: socket.create_connection((address, port)))

    with _forwarded(socket.create_server((HOST, 0)), connect) as found:
        yield found


@contextmanager
def _forwarded(listening: socket.socket, connect: Callable[[], socket.socket]) -> Generator[int]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with connect() as server:
                back = threading.Thread(target=_copy, args=(server, self.request))
                back.start()
                _copy(self.request, server)
                back.join()

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def __init__(self) -> None:
            super().__init__(listening.getsockname(), Handler, bind_and_activate=False)
            self.socket.close()
            self.socket = listening

    with Listener() as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.shutdown()
            serving.join()


def _within(netns: str, make: Callable[[], socket.socket]) -> socket.socket:
    """Make a socket in a network namespace: it stays there, whichever thread uses it."""
    made = list[socket.socket | OSError]()

    def enter() -> None:
        handle = os.open(f"/run/netns/{netns}", os.O_RDONLY)
        assert ctypes.CDLL(None, use_errno=True).setns(handle, 0) == 0
        os.close(handle)
        try:
            made.append(make())
        except OSError as error:
            made.append(error)

    # The thread ends, and its namespace with it.
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(1 << 16):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


def service_to(namespace: str, name: str, port: int, target: int) -> list[Manifest]:
    """Return a Service that leads to a port of the node, with its endpoints."""
    meta = {"name": name, "namespace": namespace}
    label = {"kubernetes.io/service-name": name}
    ports = [{"name": "http", "port": port, "targetPort": target, "protocol": "TCP"}]
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": ports}},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
         "metadata": {**meta, "labels": label},
         "ports": [{"name": "http", "port": target, "protocol": "TCP"}],
         "endpoints": [{"addresses": [NODE], "conditions": {"ready": True}}]},
    ]  # fmt: skip
