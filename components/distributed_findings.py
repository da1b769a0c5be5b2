"""What a distributed pool needs of its stack: a router in front, and a version that can do it."""

from collections.abc import Iterator

from documents.validation import Finding
from localai.release import Server
from localai.server import SERVERS
from settings.config import PROJECT
from settings.stack import StackSettings


def distributed_findings(settings: StackSettings, release: Server) -> Iterator[Finding]:
    """Yield pools whose front ends callers would command, or whose version has no workers."""
    for name, pool in settings.pools.items():
        path = ("config", f"{PROJECT}:pools", name, "distributed")
        if pool.distributed and settings.router is None:
            cause = (
                "has front ends that obey whoever has the servers' key: they drain workers, unload "
                "models and store rules of scheduling"
            )
            yield path, cause, "add `localai:router: {}`, whose keys only infer"
        if pool.distributed and release.distributed is None:
            known = ", ".join(one.version for one in SERVERS.values() if one.distributed)
            cause = f"needs a distributed mode, which is not known of LocalAI {release.version}"
            yield path, cause, f"use one of {known} as localai:server.version, or delete it"
