"""The `random` stand-in: passwords that stay the same until one of their arguments changes."""

# ruff: noqa: N802, ARG002 - the methods and their arguments are those of the gRPC service

import secrets
import string
from typing import Any, Final

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.diff import changes
from sandbox.plugins.properties import UNKNOWN, Properties, Secret, from_struct, plain, to_struct
from sandbox.plugins.standin import PluginError, StandIn, answers

TOKEN: Final = "random:index/randomPassword:RandomPassword"
SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
DEFAULTS: Final[Properties] = {
    **dict.fromkeys(("lower", "upper", "numeric", "number", "special"), True),
    **dict.fromkeys(("minLower", "minUpper", "minNumeric", "minSpecial"), 0),
}


class PasswordError(PluginError):
    """The arguments of a password contradict each other, or it is another kind of resource."""


def password(arguments: Properties) -> str:
    """Return a new random password; arguments as of `random.RandomPassword`."""
    given = {**DEFAULTS, **arguments}
    alphabets = {
        "Lower": string.ascii_lowercase if given["lower"] else "",
        "Upper": string.ascii_uppercase if given["upper"] else "",
        "Numeric": string.digits if given["numeric"] and given["number"] else "",
        "Special": given.get("overrideSpecial", SPECIAL) if given["special"] else "",
    }
    every, length = "".join(alphabets.values()), int(given["length"])
    least = [secrets.choice(alphabets[key]) for key in alphabets for _ in range(given[f"min{key}"])]
    if not every or len(least) > length:
        raise PasswordError(f"no password of length {length} can meet these minimums")
    letters = least + [secrets.choice(every) for _ in range(length - len(least))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


class RandomPlugin(StandIn):
    """Answers for `RandomPassword` alone."""

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Report that the provider has no arguments that matter."""
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)

    @answers
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Accept a password's arguments; refuse any other resource."""
        if TOKEN not in request.urn:
            raise PasswordError(f"the random stand-in offers RandomPassword only: {request.urn}")
        return pb.CheckResponse(inputs=request.news)

    @answers
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Replace a password whenever one of its arguments changes."""
        new, old = plain(from_struct(request.news)), plain(from_struct(request.old_inputs))
        found = changes(old, new, sorted(old.keys() | new.keys()))
        kinds = {c.key: pb.PropertyDiff(kind=pb.PropertyDiff.Kind.Value(c.kind)) for c in found}
        state = pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(
            changes=state, replaces=list(kinds), detailedDiff=kinds, hasDetailedDiff=True
        )

    @answers
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Make a password up; in a preview it is not known yet."""
        arguments = from_struct(request.properties)
        result = UNKNOWN if request.preview else password(plain(arguments))
        state = {**DEFAULTS, **arguments, "id": "none", "result": Secret(value=result)}
        return pb.CreateResponse(id="" if request.preview else "none", properties=to_struct(state))

    @answers
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Keep the state: nothing of a password can change in place."""
        return pb.UpdateResponse(properties=request.olds)

    @answers
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Give the state back: a password exists nowhere else."""
        return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @answers
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Forget a password."""
        return Empty()
