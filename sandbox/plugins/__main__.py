"""Serve one plugin: `python -m sandbox.plugins kubernetes [engine address]`.

The port is printed on standard output, which is how the engine learns of it.
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.plugins.standin import PACKAGES, Engine, StandIn, version

MESSAGE_BYTES: Final = 400 * 1024 * 1024
WORKERS: Final = 64
ORPHAN_CHECK_SECONDS: Final = 2.0


def plugin(name: str, engine: Engine) -> StandIn:
    """Return the stand-in of a name; imports only what that one needs."""
    if name == "kubernetes":
        from sandbox.plugins.kubernetes import KubernetesPlugin as Plugin
    else:
        from sandbox.plugins.random_password import RandomPlugin as Plugin
    return Plugin(name=name, version=version(name), engine=engine)


def serve(servicer: StandIn, address: str) -> tuple[grpc.Server, int]:
    """Start a server on an address such as `127.0.0.1:0` and return it with its port."""
    limits = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("receive", "send")]
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port(address)
    server.start()
    return server, port


def main() -> int:
    """Serve until the engine ends this process, or is gone itself."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.plugins", description=__doc__)
    parser.add_argument("name", choices=sorted(PACKAGES))
    parser.add_argument("engine", nargs="?", default="")
    text = "address to serve on; a unix:PATH is reached from other network namespaces too"
    parser.add_argument("--listen", default="127.0.0.1:0", help=text)
    arguments, _ = parser.parse_known_args()
    parent = os.getppid()
    server, port = serve(plugin(arguments.name, Engine(address=arguments.engine)), arguments.listen)
    print(port, flush=True)  # noqa: T201 - the engine reads it
    while os.getppid() == parent:
        server.wait_for_termination(timeout=ORPHAN_CHECK_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
