"""The `kubernetes` stand-in: the engine's calls, answered with an API server."""

# ruff: noqa: N802, ARG002 - the methods and their arguments are those of the gRPC service

import os
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins import checkpoint, comparison, operations
from sandbox.plugins.check import NamelessError, Naming, checked
from sandbox.plugins.connection import Connection, connect
from sandbox.plugins.engine import Engine
from sandbox.plugins.properties import from_struct, marked, plain, to_struct
from sandbox.plugins.provider_diff import provider_diff
from sandbox.plugins.settings import Settings, settings
from sandbox.plugins.standin import StandIn, answers
from sandbox.plugins.unsupported import refuse_unsupported


class KubernetesPlugin(StandIn):
    """Answers for every kind that the API server serves, by server-side apply."""

    def __init__(self, *, name: str, version: str, engine: Engine) -> None:
        super().__init__(name=name, version=version, engine=engine)
        self.connection = Connection(settings=Settings())

    @answers
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Replace the provider, and all it manages, when the cluster is another one."""
        found = provider_diff(from_struct(request.olds), from_struct(request.news), os.environ)
        state = pb.DiffResponse.DIFF_SOME if found.changed else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(changes=state, diffs=found.changed, replaces=found.replacing)

    @answers
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Connect; an unreachable cluster is a warning now and an error once it is needed."""
        wanted = settings(request.variables, os.environ)
        self.connection = connect(wanted, os.environ, self.cancelled)
        if self.connection.cluster is None:
            text = f"configured Kubernetes cluster is unreachable: {self.connection.reason}"
            self.engine.say("warning", text)
        return super().Configure(request, context)

    @answers
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Name what has no name, place it in a namespace, and normalize it."""
        options = self.connection.settings
        refuse_unsupported(request.urn, options)
        if self.connection.cluster is None and options.skip_update_unreachable:
            return pb.CheckResponse(inputs=request.olds)
        new, old = from_struct(request.news), plain(from_struct(request.olds))
        space = options.namespace if self.connection.namespaced(new) else ""
        try:
            result = checked(plain(new), old, naming=naming(request), default_namespace=space)
        except NamelessError as error:
            failure = pb.CheckFailure(property="metadata.name", reason=str(error))
            return pb.CheckResponse(inputs=request.news, failures=[failure])
        return pb.CheckResponse(inputs=to_struct(marked(result, new)))

    @answers
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare the live values of the declared fields with the new declaration."""
        old, new = checkpoint.read(from_struct(request.olds)), plain(from_struct(request.news))
        return comparison.response(self.connection, old, new, request.ignoreChanges)

    @answers
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Create an object."""
        return operations.create(self.connection, request)

    @answers
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Apply a changed declaration."""
        return operations.update(self.connection, request)

    @answers
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Read an object for refresh or import."""
        return operations.read(self.connection, request)

    @answers
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Delete an object."""
        return operations.delete(self.connection, request)


def naming(request: pb.CheckRequest) -> Naming:
    """Return how the engine wants an object without a name to be named."""
    logical = request.urn.rpartition("::")[2]
    if not request.HasField("autonaming"):
        return Naming(logical_name=logical, seed=request.randomSeed)
    disabled = pb.CheckRequest.AutonamingOptions.DISABLE
    mode = "disabled" if request.autonaming.mode == disabled else "proposed"
    return Naming(logical_name=logical, mode=mode, proposal=request.autonaming.proposed_name)
