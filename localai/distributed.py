"""What a LocalAI version does in its distributed mode: front ends, and workers that compute."""

from collections.abc import Mapping
from dataclasses import dataclass

from localai.server import Server


class UnknownDistributedModeError(LookupError):
    """A version whose distributed mode nobody has looked up."""


@dataclass(frozen=True, kw_only=True)
class Distributed:
    """The distributed mode of one version.

    A worker takes gRPC ports from `grpc_port` upwards, one for each model it runs, and gives files
    out at `file_port`, where it also tells its health. `front_end` and `worker` are the variables
    that each of them reads, `scratch` the directories a worker writes beside those of a server.
    """

    verb: str
    file_port: int
    grpc_port: int
    readiness: str
    liveness: str
    scratch: tuple[str, ...]
    front_end: frozenset[str]
    worker: frozenset[str]
    sources: Mapping[str, str]


def distributed(release: Server) -> Distributed:
    """Return what is known of the distributed mode of a version.

    Raises:
        UnknownDistributedModeError: nobody has looked it up.
    """
    # The table is made of the class above.
    from localai.tables.distributed_4_8 import DISTRIBUTED, VERSIONS

    if release.version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise UnknownDistributedModeError(
            f"the distributed mode of LocalAI {release.version} is not known; use one of {known}"
        )
    return DISTRIBUTED
