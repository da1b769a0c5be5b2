"""A gRPC call without gRPC: its failure is an exception with the words the engine would get."""

from typing import Any, cast

import grpc


class CallFailedError(AssertionError):
    """A handler ended its call with an error; `trailing` is what it sent beside it."""

    def __init__(self, details: str, trailing: dict[str, Any]) -> None:
        super().__init__(details)
        self.trailing = trailing


class _Context:
    def __init__(self) -> None:
        self.trailing: dict[str, Any] = {}

    def set_trailing_metadata(self, pairs: tuple[tuple[str, Any], ...]) -> None:
        self.trailing = dict(pairs)

    def abort(self, _: grpc.StatusCode, details: str) -> None:
        raise CallFailedError(details, self.trailing)


def context() -> grpc.ServicerContext:
    """Return the context of a new call."""
    return cast("grpc.ServicerContext", cast("object", _Context()))
