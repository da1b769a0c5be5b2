"""What every stand-in plugin answers alike, and how its errors reach the engine."""

import contextlib
import functools
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from sandbox.plugins.properties import Properties, to_struct


class PluginError(Exception):
    """An operation failed for a stated reason; the message is meant for the user."""


PACKAGES: Final = {"kubernetes": "pulumi_kubernetes", "random": "pulumi_random"}


def version(plugin: str) -> str:
    """Return the version in the `pulumi-plugin.json` of a provider's package."""
    text = files(PACKAGES[plugin]).joinpath("pulumi-plugin.json").read_text()
    return json.loads(text)["version"]


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


# ruff: noqa: N802, ARG002 - the methods and their arguments are those of the gRPC service


UNKNOWN_CODE: Final = 2

Handler = TypeVar("Handler", bound=Callable[..., Any])


class InitFailedError(PluginError):
    """An object was written but did not become ready: its state is kept with the reasons."""

    def __init__(
        self, message: str, *, identity: str, state: Properties, inputs: Properties
    ) -> None:
        super().__init__(message)
        self.identity = identity
        self.state = state
        self.inputs = inputs

    def status(self, reasons: list[str]) -> bytes:
        """Return the error as the engine reads it from the trailing metadata of a call."""
        detail = AnyMessage()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=self.identity,
                properties=to_struct(self.state),
                inputs=to_struct(self.inputs),
                reasons=reasons,
            )
        )
        status = status_pb2.Status(code=UNKNOWN_CODE, message=str(self), details=[detail])
        return status.SerializeToString()


def answers(handler: Handler) -> Handler:
    """Wrap an RPC handler so that its `PluginError` becomes the call's error, in words."""

    @functools.wraps(handler)
    def answered(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return handler(self, request, context)
        except InitFailedError as error:
            details = error.status([str(error)])
            context.set_trailing_metadata((("grpc-status-details-bin", details),))
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except PluginError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return answered  # pyright: ignore[reportReturnType] - same signature by construction


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """The calls that do not depend on what a plugin manages."""

    def __init__(self, *, name: str, version: str, engine: Engine) -> None:
        self.name = name
        self.version = version
        self.engine = engine
        self.cancelled = threading.Event()

    def announce(self) -> None:
        """Tell the user that this is not the official plugin."""
        text = f"{self.name} {self.version} is a stand-in for tests, not the official plugin"
        self.engine.say("info", text)

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Learn where the engine is; say that secrets may be sent as such."""
        self.engine = Engine(address=request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Give the version stood in for."""
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Give a schema that names the package and describes nothing."""
        text = f'{{"name": "{self.name}", "version": "{self.version}"}}'
        return provider_pb2.GetSchemaResponse(schema=text)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Accept the provider's arguments as they are."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say what the plugin understands: secrets and previews."""
        self.announce()
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """End every wait at once."""
        self.cancelled.set()
        return Empty()
