"""Create, update, read and delete, as the engine asks for them."""

from typing import Any, cast

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins import checkpoint
from sandbox.plugins.api import NoSuchKindError
from sandbox.plugins.connection import Connection
from sandbox.plugins.draft import Draft
from sandbox.plugins.manifests import identifier
from sandbox.plugins.normalize import normalized
from sandbox.plugins.properties import Properties, from_struct, marked, plain, to_struct
from sandbox.plugins.reading import live_inputs, located
from sandbox.plugins.wait import NotReadyError, skips
from sandbox.plugins.watching import refreshed


def create(connection: Connection, request: pb.CreateRequest) -> pb.CreateResponse:
    """Create an object and wait for it; in a preview, by a server dry run."""
    source = from_struct(request.properties)
    inputs = cast("Properties", plain(source))
    manager = checkpoint.field_manager(inputs)
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
    old = checkpoint.read(from_struct(request.olds))
    manager = old.field_manager or checkpoint.field_manager(inputs)
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
    old, source = checkpoint.read(from_struct(request.properties)), from_struct(request.inputs)
    live = _live(connection, located(request.urn, request.id, old))
    if live is None:
        return pb.ReadResponse()
    inputs = live_inputs(live, normalized(plain(source)))
    manager = old.field_manager or checkpoint.field_manager(inputs)
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
    old = checkpoint.read(source)
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
