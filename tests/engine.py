"""The one mock of the Pulumi engine: it keeps every registration as the program asked for it.

It answers as the engine does where the answer matters: it composes URNs from the whole chain of
parents, refuses a URN it has seen, and marks generated values as secret.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from runpy import run_path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, cast

from google.protobuf import empty_pb2
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import Settings, configure
from pulumi.runtime.stack import run_in_stack

from settings.file import engine_config, read_stack_file
from tests.registration import MARK, READ, SECRET, STACK, Registration, Run, plain, registration
from tests.support import project

PROJECT = "localai"
# What the engine generates where a program asks for a random value.
GENERATED = "a-generated-value"
# The cluster that the provider reaches.
CLUSTER_UID = "11111111-2222-4333-8444-555555555555"


class DuplicateUrnError(Exception):
    """A program registers one URN twice, which the engine refuses."""


def run(
    program: Callable[[], object],
    *,
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    preview: bool = False,
    seen: list[str] | None = None,
) -> Run:
    """Return what a program registers, once everything it started has ended.

    `seen` gets the names as they are registered, for a program that fails in between, and the
    stack's type where the outputs of the stack are registered.

    Raises:
        DuplicateUrnError: it registers a URN twice; what the program itself raises passes through.
    """
    monitor = _Monitor(stack=stack, preview=preview, names=[] if seen is None else seen)

    async def main() -> None:
        # The first failure is raised below; the loop would log every task that fails with it.
        asyncio.get_running_loop().set_exception_handler(_ignore)
        # All of it is kept in context variables of this task: a later run starts afresh.
        settings = Settings(
            project=PROJECT,
            stack=stack,
            monitor=monitor,
            engine=mocks.MockEngine(None),
            dry_run=preview,
        )
        configure(settings)
        set_all_config(dict(config or {}))
        await run_in_stack(lambda: cast("None", program() and None))

    asyncio.run(main())
    return Run(
        registrations=tuple(monitor.seen.values()),
        outputs=monitor.outputs,
        component_outputs=monitor.component_outputs,
    )


@cache
def run_program(stack: str, *, preview: bool = False) -> Run:
    """Return what the committed program registers for a stack of the tests' project."""
    return run(main_program, stack=stack, config=stack_config(stack), preview=preview)


def main_program() -> None:
    """Run `__main__.py` as the engine's language host does."""
    with TemporaryDirectory() as folder:
        # It reads the catalog beside itself.
        project.write_project(Path(folder))
        run_path(f"{folder}/__main__.py", run_name="__main__")


def stack_config(stack: str) -> dict[str, str]:
    """Return the configuration of a stack of the project in the engine's form."""
    return engine_config(read_stack_file(project.PROJECT, stack).document)


def _ignore(*_: object) -> None:
    """Do nothing with a failure."""


class _NoProvider(mocks.Mocks):
    """The monitor below answers by itself."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise NotImplementedError(args.name)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        raise NotImplementedError(args.token)


@dataclass
class _Monitor(mocks.MockMonitor):
    stack: str
    preview: bool
    names: list[str]
    seen: dict[str, Registration] = field(default_factory=dict[str, Registration])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    component_outputs: dict[str, Mapping[str, Any]] = field(
        default_factory=dict[str, Mapping[str, Any]]
    )
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        super().__init__(_NoProvider())

    def RegisterResource(  # noqa: N802 (the protocol's name)
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._urn(request)
        if request.type == STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        with self.lock:
            if urn in self.seen:
                raise DuplicateUrnError(urn)
            self.seen[urn] = registration(urn, request)
            self.names.append(request.name)
        answer = resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        if request.custom and not self.preview:
            answer.id = f"{request.name}-id"
        if request.type.endswith(":RandomPassword") and not self.preview:
            answer.object.update({"result": {MARK: SECRET, "value": GENERATED}})
        return answer

    def ReadResource(  # noqa: N802 (the protocol's name)
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        answer = resource_pb2.ReadResourceResponse(urn=READ)
        answer.properties.update({"metadata": {"name": request.id, "uid": CLUSTER_UID}})
        return answer

    def RegisterResourceOutputs(  # noqa: N802 (the protocol's name)
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        if f"::{STACK}::" in request.urn:
            self.outputs = plain(request.outputs)
            self.names.append(STACK)
        elif request.outputs.fields:
            self.component_outputs[request.urn.rpartition("::")[2]] = plain(request.outputs)
        return empty_pb2.Empty()

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        chain = request.parent.split("::")[2] if request.parent else STACK
        # The stack is everybody's parent and stands in nobody's URN.
        kind = request.type if chain == STACK else f"{chain}${request.type}"
        return f"urn:pulumi:{self.stack}::{PROJECT}::{kind}::{request.name}"
