"""What a LocalAI version does in its distributed mode: front ends, and workers that compute."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Distributed:
    """The distributed mode of one version.

    A worker takes gRPC ports from `grpc_port` upwards, one for each model it runs, and gives files
    out at `file_port`, where it also tells its health. At a front end it speaks for itself below
    `own_path`, with the registration token alone. `front_end` and `worker` are the variables
    that each of them reads, `scratch` the directories a worker writes beside those of a server.
    """

    verb: str
    file_port: int
    grpc_port: int
    readiness: str
    liveness: str
    scratch: tuple[str, ...]
    own_path: str
    front_end: frozenset[str]
    worker: frozenset[str]
    sources: Mapping[str, str]
