"""What the Jobs that verify in a cluster have proven, read from what kubectl prints of them.

Pure: it takes the Jobs and the pods of a namespace as plain values, and asks nobody.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast

from components.parts.labels import POOL, VERIFY_ROLE
from components.parts.part import Manifest, plain
from components.parts.roles import ROLE
from components.pool.pool import Pool
from components.server.verification import CONTAINER, declared_map, verify_job
from proof.bounded_json import TextError, bounded_json

SELECTOR = f"{ROLE}={VERIFY_ROLE}"
_LONGEST_WHY = 2000
_OWNER = "batch.kubernetes.io/job-name"


class State(StrEnum):
    """What the Job of a pool says of what is declared now."""

    PROVEN = "proven"
    FAILED = "failed"
    NOT_YET = "not yet"
    OTHER = "of another declaration"


_CURES = {
    State.FAILED: "read its log; revert, or correct what it names and delete the Job to ask again",
    State.OTHER: "wait until what is declared here was applied, or look at the commit that was",
}


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What is known of one pool: by which Job, and why, where it is not proven."""

    pool: str
    job: str
    state: State
    why: str = ""

    @property
    def cure(self) -> str:
        """Return what to do; nothing where that is to wait."""
        return _CURES.get(self.state, "")


def proofs(
    pools: Sequence[Pool], jobs: Sequence[Manifest], pods: Sequence[Manifest]
) -> tuple[Proof, ...]:
    """Return what is proven of each pool that has a Job, by the Jobs and pods of its namespace."""
    served = (pool for pool in pools if pool.context.settings.verify and pool.settings.largest)
    return tuple(proof(plain(verify_job(one, declared_map(one))), jobs, pods) for one in served)


def verifying(objects: Iterable[Manifest]) -> Iterator[Manifest]:
    """Yield the Jobs that verify among the objects that a stack declares."""
    for one in objects:
        if one["kind"] == "Job" and _labels(one).get(ROLE) == VERIFY_ROLE:
            yield one


def proof(declared: Manifest, jobs: Sequence[Manifest], pods: Sequence[Manifest]) -> Proof:
    """Return what is proven by a declared Job, among what a namespace has.

    A name is a hash of what is proven, so another name proves something else; who makes a Job by
    hand can give it any name, so what it runs is compared as well.
    """
    pool, name = declared["metadata"]["labels"][POOL], declared["metadata"]["name"]
    found = next((one for one in jobs if one["metadata"]["name"] == name), None)
    if found is None:
        others = [one["metadata"]["name"] for one in jobs if _labels(one).get(POOL) == pool]
        state = State.OTHER if others else State.NOT_YET
        why = f"there is only {', '.join(sorted(others)[:3])}" if others else "there is no Job yet"
        return Proof(pool=pool, job=name, state=state, why=why)
    if _run(found) != _run(declared):
        why = "it runs something else: it was made or changed by hand"
        return Proof(pool=pool, job=name, state=State.OTHER, why=why)
    state, why = _outcome(found, [one for one in pods if _labels(one).get(_OWNER) == name])
    return Proof(pool=pool, job=name, state=state, why=why)


def _labels(thing: Manifest) -> Mapping[str, str]:
    found: dict[str, str] | None = thing["metadata"].get("labels")
    return found or {}


def _listed(thing: Manifest, key: str) -> list[dict[str, Any]]:
    """Return a list in the status of an object, which has none of it at first."""
    status: dict[str, Any] | None = thing.get("status")
    found: list[dict[str, Any]] | None = (status or {}).get(key)
    return found or []


def _run(job: Manifest) -> tuple[Any, ...]:
    """Return what a Job runs and reads, whatever a cluster adds, such as a mirror or a sidecar."""
    spec: Mapping[str, Any] = job["spec"]["template"]["spec"]
    commands = [
        [one.get(key) for key in ("command", "args", "workingDir")]
        for one in spec["containers"]
        if one["name"] == CONTAINER
    ]
    maps = [one["configMap"]["name"] for one in spec.get("volumes", ()) if "configMap" in one]
    return commands, sorted(maps)


def _outcome(job: Manifest, pods: Sequence[Manifest]) -> tuple[State, str]:
    conditions = _listed(job, "conditions")
    known = {one["type"]: one for one in conditions if one.get("status") == "True"}
    if "Complete" in known:
        return State.PROVEN, ""
    if failed := known.get("Failed") or known.get("FailureTarget"):
        told = "; ".join(why for pod in pods for why in _told(pod))
        return State.FAILED, (told or str(failed.get("message", "")))[:_LONGEST_WHY]
    phases = sorted({str(pod["status"]["phase"]) for pod in pods if pod.get("status")})
    return State.NOT_YET, f"its pod is {' and '.join(phases)}" if phases else "it has no pod yet"


def _told(pod: Manifest) -> Iterator[str]:
    """Yield what the program of a pod left as the reasons of its failure."""
    for one in _listed(pod, "containerStatuses"):
        state: dict[str, dict[str, Any]] = one.get("state", {})
        text = str(state.get("terminated", {}).get("message", ""))
        try:
            found = bounded_json(text.encode())
        except TextError:
            continue
        why = cast("dict[str, Any]", found).get("why") if isinstance(found, dict) else None
        yield from map(str, cast("list[Any]", why) if isinstance(why, list) else ())


def document(stack: str, found: Sequence[Proof]) -> dict[str, Any]:
    """Return proofs as plain values."""
    proven = bool(found) and all(one.state is State.PROVEN for one in found)
    pools = [{**asdict(one), "cure": one.cure} for one in found]
    return {"version": 1, "stack": stack, "proven": proven, "pools": pools}
