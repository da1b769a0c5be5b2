"""The engine's own service, as far as a plugin needs it: saying something to the user."""

import contextlib
import sys
from dataclasses import dataclass
from typing import Final, Literal

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

SEVERITY: Final = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING}


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Where to reach the engine; without an address everything goes to standard error."""

    address: str = ""

    def say(self, severity: Literal["info", "warning"], message: str, urn: str = "") -> None:
        """Show a message to the user, beside the resource it is about."""
        if not self.address:
            print(f"{severity}: {message}", file=sys.stderr)  # noqa: T201 - no engine to tell
            return
        request = engine_pb2.LogRequest(severity=SEVERITY[severity], message=message, urn=urn)
        with (
            contextlib.suppress(grpc.RpcError),
            grpc.insecure_channel(self.address) as channel,
        ):
            stub = engine_pb2_grpc.EngineStub(channel)
            stub.Log(request)  # pyright: ignore[reportUnknownMemberType] - the stubs' own import
