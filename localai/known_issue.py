"""A known issue of a LocalAI version: what happens, what to do, and which pools it concerns."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a stack declares of one pool, as far as known issues ask.

    `models` and `kinds` are what it serves, `penalized` the models that set a presence penalty,
    `active` how many models are in memory at once, and `pods` how many pods serve at most.
    `direct` is whether callers from outside of the namespace reach its servers past the router,
    `outside` whether they come from outside of the cluster. `checked` is whether something asks its
    servers which models they serve.
    """

    models: tuple[str, ...]
    penalized: frozenset[str]
    kinds: frozenset[str]
    active: int
    pods: int
    distributed: bool
    routed: bool
    direct: bool
    outside: bool
    monitored: bool
    checked: bool


@dataclass(frozen=True, kw_only=True)
class KnownIssue:
    """What a version does that a reader would not expect, and the cure.

    Either this repository applies the cure, in the file `met_by`; or nobody but its readers can,
    and `check` notes it for every pool that it `applies` to.
    """

    id: str
    sentence: str
    cure: str
    source: str
    met_by: str = ""
    applies: Callable[[Circumstances], bool] | None = None
