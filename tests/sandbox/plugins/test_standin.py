from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import status_pb2

from sandbox.plugins.properties import from_struct
from sandbox.plugins.standin import InitFailedError, PluginError, answers
from tests.sandbox.plugins.call import CallFailedError, context


class Handlers:
    """One handler for each way to fail."""

    @answers
    def refuse(self, _: Any, __: grpc.ServicerContext) -> None:
        raise PluginError("no")

    @answers
    def fail(self, _: Any, __: grpc.ServicerContext) -> None:
        raise InitFailedError("not ready", identity="n/a", state={"a": 1}, inputs={"b": 2})


def test_an_error_reaches_the_engine_in_words() -> None:
    with pytest.raises(CallFailedError, match="no"):
        Handlers().refuse(None, context())


def test_an_object_that_is_not_ready_leaves_its_state_with_the_engine() -> None:
    with pytest.raises(CallFailedError, match="not ready") as caught:
        Handlers().fail(None, context())
    status = status_pb2.Status.FromString(caught.value.trailing["grpc-status-details-bin"])
    detail = pb.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert (detail.id, from_struct(detail.properties)) == ("n/a", {"a": 1})
    assert list(detail.reasons) == ["not ready"]
