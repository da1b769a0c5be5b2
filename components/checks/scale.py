"""Whether what is said of growth fits what is known of GPUs and of start-up."""

from collections.abc import Iterable, Iterator

from components.pool import durations
from components.pool.pool import Pool
from components.server.loading import preloaded_bytes
from documents.problem import KeyPath
from documents.validation import Finding
from hardware.profile import UnknownProfileError
from hardware.profiles import gpu_profile
from localai.release import Server
from localai.server import SERVERS
from settings.config import PROJECT
from settings.stack.stack import StackSettings


def scale_findings(path: KeyPath, pool: Pool) -> Iterator[Finding]:
    """Yield what no autoscaler can do for a pool, with the cure."""
    scaling = pool.settings.scaling
    if scaling is None:
        return
    budget = durations.startup(preloaded_bytes(pool))
    if scaling.warm_up_seconds > budget:
        cause = (
            f"gives a pod {scaling.warm_up_seconds} s to warm up, but its start-up probe ends it "
            f"after {budget} s"
        )
        yield (*path, "scaling", "warmUpSeconds"), cause, f"use at most {budget}"


def declared_findings(path: KeyPath, profiles: Iterable[str]) -> Iterator[Finding]:
    """Yield the names under `scaling.gpus` that are no GPU profile."""
    for name in profiles:
        try:
            gpu_profile(name)
        except UnknownProfileError as error:
            yield (*path, "gpus", name), "is no GPU profile", str(error)


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
