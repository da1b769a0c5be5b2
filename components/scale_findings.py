"""Whether what is said of growth fits what is known of GPUs and of start-up."""

from collections.abc import Iterable, Iterator

from components import durations
from components.loading import preloaded_bytes
from components.pool import Pool
from documents.problem import KeyPath
from documents.validation import Finding
from hardware.profile import UnknownProfileError
from hardware.profiles import gpu_profile


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
