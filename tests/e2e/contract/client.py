"""A stand-in plugin beside a sandbox's API server, spoken to as the engine does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

from sandbox.cluster.netns import enter
from sandbox.cluster.sandbox import Sandbox
from sandbox.plugins.declaration import Checkpoint, written
from sandbox.plugins.properties import Properties, from_struct, plain, to_struct

CHECKOUT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the engine would keep of a resource."""

    identity: str
    urn: str
    inputs: Properties
    state: Properties

    @classmethod
    def of(cls, detail: pb.ErrorResourceInitFailed, manifest: Properties) -> Kept:
        """Return what the engine keeps of a resource that is not ready."""
        state = from_struct(detail.properties)
        return cls(identity=detail.id, urn=urn(manifest), inputs=manifest, state=state)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The answer to a Diff call, with enum values as their names."""

    changes: str
    replaces: list[str]
    deletes_first: bool
    detailed: dict[str, str] = field(default_factory=dict[str, str])


class CallError(AssertionError):
    """A call failed; `kept` is the state that an object which is not ready leaves."""

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(error.details())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportAttributeAccessIssue] - grpc has no stubs
        self.detail = _init_failed(error)


def _init_failed(error: Any) -> pb.ErrorResourceInitFailed | None:
    trailing: dict[str, bytes] = dict(error.trailing_metadata() or ())
    if "grpc-status-details-bin" not in trailing:
        return None
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    detail = pb.ErrorResourceInitFailed()
    status.details[0].Unpack(detail)
    return detail


@dataclass(frozen=True)
class Plugin:
    """One configured plugin process."""

    stub: Any

    def call(self, method: str, request: Any) -> Any:
        """Make one call; raises `CallError`."""
        try:
            return getattr(self.stub, method)(request, timeout=60)
        except grpc.RpcError as error:
            raise CallError(error) from error

    def configure(self, **variables: str) -> None:
        """Give the provider its arguments."""
        named = {f"kubernetes:config:{key}": value for key, value in variables.items()}
        self.call("Configure", pb.ConfigureRequest(variables=named, acceptSecrets=True))

    def check(self, manifest: Properties, old: Properties | None = None) -> Properties:
        """Return checked inputs."""
        request = pb.CheckRequest(
            urn=urn(manifest), news=to_struct(manifest), olds=to_struct(old or {})
        )
        return from_struct(self.call("Check", request).inputs)

    def create(self, manifest: Properties, *, preview: bool = False, timeout: float = 20) -> Kept:
        """Check and create an object, or preview that."""
        inputs = self.check(manifest)
        request = pb.CreateRequest(
            urn=urn(manifest), properties=to_struct(inputs), preview=preview, timeout=timeout
        )
        answer = self.call("Create", request)
        state = from_struct(answer.properties)
        return Kept(identity=answer.id, urn=urn(manifest), inputs=inputs, state=state)

    def diff(self, old: Kept, manifest: Properties, ignore: tuple[str, ...] = ()) -> Difference:
        """Compare a resource with a new declaration."""
        request = pb.DiffRequest(
            id=old.identity,
            urn=old.urn,
            olds=to_struct(old.state),
            old_inputs=to_struct(old.inputs),
            news=to_struct(self.check(manifest, old.inputs)),
            ignoreChanges=ignore,
        )
        answer = self.call("Diff", request)
        kinds = pb.PropertyDiff.Kind
        return Difference(
            changes=pb.DiffResponse.DiffChanges.Name(answer.changes),
            replaces=list(answer.replaces),
            deletes_first=answer.deleteBeforeReplace,
            detailed={key: kinds.Name(one.kind) for key, one in answer.detailedDiff.items()},
        )

    def declared(self, manifest: Properties) -> Kept:
        """Return what is kept of an object that is live just as it was declared."""
        inputs = self.check(manifest)
        state = written(
            Checkpoint(inputs=inputs, live=inputs, api_version="", field_manager=""), source={}
        )
        return Kept(identity="", urn=urn(manifest), inputs=inputs, state=state)

    def update(
        self, old: Kept, manifest: Properties, *, preview: bool = False, timeout: float = 20
    ) -> Kept:
        """Apply a new declaration, or preview that."""
        inputs = self.check(manifest, old.inputs)
        request = pb.UpdateRequest(
            id=old.identity,
            urn=old.urn,
            olds=to_struct(old.state),
            news=to_struct(inputs),
            preview=preview,
            timeout=timeout,
        )
        state = from_struct(self.call("Update", request).properties)
        return Kept(identity=old.identity, urn=old.urn, inputs=inputs, state=state)

    def read(self, kept: Kept) -> Kept | None:
        """Refresh a resource, or import one when it has no inputs; None when it is missing."""
        request = pb.ReadRequest(
            id=kept.identity,
            urn=kept.urn,
            inputs=to_struct(kept.inputs),
            properties=to_struct(kept.state),
        )
        answer = self.call("Read", request)
        if not answer.id:
            return None
        state, inputs = from_struct(answer.properties), from_struct(answer.inputs)
        return Kept(identity=answer.id, urn=kept.urn, inputs=inputs, state=state)

    def delete(self, kept: Kept) -> None:
        """Delete a resource."""
        request = pb.DeleteRequest(id=kept.identity, urn=kept.urn, properties=to_struct(kept.state))
        self.call("Delete", request)


def urn(manifest: Properties) -> str:
    """Return the URN a program's resource of this kind would have."""
    version = plain(manifest)["apiVersion"]
    module = version if "/" in version else f"core/{version}"
    return f"urn:pulumi:dev::contract::kubernetes:{module}:{manifest['kind']}::it"


@contextmanager
def plugin(sandbox: Sandbox, folder: Path, **variables: str) -> Generator[Plugin]:
    """Run a plugin inside a sandbox's network namespace; a socket file leads out of it."""
    address = f"unix:{folder / 'plugin.sock'}"
    argv = [sys.executable, "-m", "sandbox.plugins", "kubernetes", "--listen", address]
    process = subprocess.Popen(
        [*enter(sandbox.netns), *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=CHECKOUT,
        env={**os.environ, **sandbox.environment, **variables},
    )
    try:
        assert process.stdout
        assert process.stdout.readline()
        with grpc.insecure_channel(address) as channel:
            yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        process.terminate()
        process.wait()
        assert process.stdout
        process.stdout.close()
