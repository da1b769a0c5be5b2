"""The `kubernetes` stand-in: the engine's calls, answered with an API server."""

import os
from typing import Any, Final, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins import declaration, diff
from sandbox.plugins.api import NoSuchKindError
from sandbox.plugins.cluster import Connection, connect
from sandbox.plugins.declaration import Checkpoint, Draft, NamelessError, Naming, checked
from sandbox.plugins.diff import pruned
from sandbox.plugins.kubeconfig import provider_diff
from sandbox.plugins.manifests import identifier, kind_of_urn, metadata, normalized, with_metadata
from sandbox.plugins.properties import Properties, from_struct, marked, plain, to_struct
from sandbox.plugins.settings import Settings, refuse_unsupported, settings
from sandbox.plugins.standin import Engine, StandIn, answers
from sandbox.plugins.wait import NotReadyError, refreshed, skips

NOT_INPUTS: Final = frozenset({"status"})
MADE_BY_CONTROLLERS: Final = (
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)


def located(urn: str, identity: str, state: Checkpoint) -> Properties:
    """Return kind and name of what to read: from the state, else from URN and identity."""
    version, kind = kind_of_urn(urn)
    space, _, name = identity.rpartition("/")
    known = state.live
    return with_metadata(
        {"apiVersion": known.get("apiVersion", version), "kind": known.get("kind", kind)},
        name=name,
        namespace=space or None,
    )


def live_inputs(live: Properties, declared: Properties) -> Properties:
    """Return the live values of the declared fields; of every field when nothing is declared."""
    return pruned(live, declared) if declared else imported(live)


def imported(live: Properties) -> Properties:
    """Return what a declaration of a live object would say."""
    kept = normalized({key: value for key, value in live.items() if key not in NOT_INPUTS})
    notes = metadata(kept).get("annotations", {})
    own = {key: text for key, text in notes.items() if key not in MADE_BY_CONTROLLERS}
    return with_metadata(kept, annotations=own or None)


def create(connection: Connection, request: pb.CreateRequest) -> pb.CreateResponse:
    """Create an object and wait for it; in a preview, by a server dry run."""
    source = from_struct(request.properties)
    inputs = cast("Properties", plain(source))
    manager = declaration.field_manager(inputs)
    draft = Draft(urn=request.urn, inputs=inputs, source=source, manager=manager)
    live = None
    with draft.being("created"):
        if not request.preview:
            live = connection.reached().create(inputs, manager, request.timeout)
        elif draft.complete and connection.previews(inputs):
            live = connection.reached().previewed_create(inputs, manager)
    if live is None:
        return pb.CreateResponse(properties=request.properties)
    identity = "" if request.preview else identifier(live)
    return pb.CreateResponse(id=identity, properties=to_struct(draft.state(live)))


def update(connection: Connection, request: pb.UpdateRequest) -> pb.UpdateResponse:
    """Apply a changed declaration and wait for it; in a preview, by a server dry run."""
    source = from_struct(request.news)
    inputs = normalized(plain(source))
    old = declaration.read(from_struct(request.olds))
    manager = old.field_manager or declaration.field_manager(inputs)
    draft = Draft(urn=request.urn, inputs=inputs, source=source, manager=manager)
    live = None
    with draft.being("updated"):
        if not request.preview:
            live = connection.reached().update(inputs, manager, request.timeout)
        elif draft.complete and connection.previews(inputs):
            live = connection.reached().previewed_update(inputs, manager)
    state = request.news if live is None else to_struct(draft.state(live))
    return pb.UpdateResponse(properties=state)


def read(connection: Connection, request: pb.ReadRequest) -> pb.ReadResponse:
    """Read an object for refresh or import; a missing one has no id in the answer."""
    if connection.cluster is None and connection.settings.delete_unreachable:
        return pb.ReadResponse()
    if connection.cluster is None and connection.settings.skip_update_unreachable:
        return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
    old, source = declaration.read(from_struct(request.properties)), from_struct(request.inputs)
    live = _live(connection, located(request.urn, request.id, old))
    if live is None:
        return pb.ReadResponse()
    inputs = live_inputs(live, normalized(plain(source)))
    manager = old.field_manager or declaration.field_manager(inputs)
    draft = Draft(urn=request.urn, inputs=inputs, source=source, manager=manager)
    if source and not skips(inputs):
        _judge(connection, draft, live, request.id)
    declared = to_struct(marked(inputs, source))
    return pb.ReadResponse(id=request.id, properties=to_struct(draft.state(live)), inputs=declared)


def _judge(connection: Connection, draft: Draft, live: Properties, identity: str) -> None:
    """Raise for a refreshed object that is not ready; an imported one is taken as it is."""
    now = refreshed(connection.reached().api, live)
    if now.state != "ready":
        text = f"{identifier(live)} is not ready: {now.message}"
        raise draft.failed(text, live, identity)


def delete(connection: Connection, request: pb.DeleteRequest) -> Any:
    """Delete an object and wait until it is gone."""
    source = from_struct(request.properties)
    old = declaration.read(source)
    if connection.cluster is None and connection.settings.delete_unreachable:
        return Empty()
    target = located(request.urn, request.id, old)
    try:
        connection.reached().delete(target, old.inputs, request.timeout)
    except NotReadyError as error:
        draft = Draft(urn=request.urn, inputs=old.inputs, source=source, manager=old.field_manager)
        raise draft.failed(str(error), error.live, request.id) from error
    return Empty()


def _live(connection: Connection, target: Properties) -> Properties | None:
    try:
        return connection.reached().api.get(target)
    except NoSuchKindError:
        return None


# ruff: noqa: N802, ARG002 - the methods and their arguments are those of the gRPC service


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
        old, new = declaration.read(from_struct(request.olds)), plain(from_struct(request.news))
        return diff.response(self.connection, old, new, request.ignoreChanges)

    @answers
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Create an object."""
        return create(self.connection, request)

    @answers
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Apply a changed declaration."""
        return update(self.connection, request)

    @answers
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Read an object for refresh or import."""
        return read(self.connection, request)

    @answers
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Delete an object."""
        return delete(self.connection, request)


def naming(request: pb.CheckRequest) -> Naming:
    """Return how the engine wants an object without a name to be named."""
    logical = request.urn.rpartition("::")[2]
    if not request.HasField("autonaming"):
        return Naming(logical_name=logical, seed=request.randomSeed)
    disabled = pb.CheckRequest.AutonamingOptions.DISABLE
    mode = "disabled" if request.autonaming.mode == disabled else "proposed"
    return Naming(logical_name=logical, mode=mode, proposal=request.autonaming.proposed_name)
