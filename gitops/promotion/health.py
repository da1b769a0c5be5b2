"""Whether a stack is healthy at what it declares, as its cluster says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from components.charts import ARGO_NAMESPACE
from components.parts.part import Manifest
from gitops.acceptance.inside import SELECTOR, State, proof, verifying
from gitops.adapters.kubectl import Kubectl, KubectlError
from gitops.promotion.facts import Health
from settings.promotion import Seen

_SHORT = 9
# Whether a commit declares the same of the stack as what is promoted; None where it is not here.
Same = Callable[[str], bool | None]


def health(
    kubectl: Kubectl, stack: str, namespace: str, wanted: Iterable[Seen], same: Same
) -> Mapping[Seen, Health]:
    """Return what a cluster says of a stack; what it cannot be asked is not healthy.

    The namespace is that of the `Stack`.
    """
    return dict(_seen(kubectl, stack, namespace, frozenset(wanted), same))


def _seen(
    kubectl: Kubectl, stack: str, namespace: str, wanted: frozenset[Seen], same: Same
) -> Iterator[tuple[Seen, Health]]:
    asked = {
        Seen.OPERATOR: (("stacks.pulumi.com", stack, "--namespace", namespace), operator_health),
        Seen.ARGO: (
            ("applications.argoproj.io", f"stack-{stack}", "--namespace", ARGO_NAMESPACE),
            argo_health,
        ),
    }
    for one, (words, judge) in asked.items():
        if one in wanted:
            try:
                yield one, judge(kubectl.get(*words), same)
            except KubectlError as error:
                yield (
                    one,
                    Health(holds=False, words=f"kubectl says: {error.cause}", cure=error.cure),
                )


def verified(kubectl: Kubectl, namespace: str, objects: Iterable[Manifest]) -> Health:
    """Return whether the Jobs among the objects that a stack declares have proven it."""
    where = ("--namespace", namespace, "--selector", SELECTOR)
    try:
        jobs, pods = (kubectl.get(kind, *where).get("items", []) for kind in ("jobs", "pods"))
    except KubectlError as error:
        return Health(holds=False, words=f"kubectl says: {error.cause}", cure=error.cure)
    found = [proof(one, jobs, pods) for one in verifying(objects)]
    wrong = [one for one in found if one.state is not State.PROVEN]
    if not found:
        cure = "leave `localai:verify` on, or waive the gate"
        return Health(holds=False, words="it declares no Job that verifies", cure=cure)
    if wrong:
        words = "; ".join(f"{one.pool} is {one.state}: {one.why}" for one in wrong)
        return Health(holds=False, words=words, cure=wrong[0].cure or "wait for the Job")
    return Health(holds=True, words=f"proven: {', '.join(one.pool for one in found)}")


def operator_health(found: Mapping[str, Any], same: Same) -> Health:
    """Return whether the operator's `Stack` applied a commit that declares the same."""
    if not found:
        return _missing("Stack")
    update: Mapping[str, Any] = found.get("status", {}).get("lastUpdate") or {}
    state, commit = update.get("state", ""), update.get("lastSuccessfulCommit", "")
    if state != "succeeded":
        cure = "read its last Update: `kubectl describe stacks.pulumi.com`"
        return Health(
            holds=False, words=f"the last update {state or 'is not there yet'}", cure=cure
        )
    return _at("the last update succeeded", str(commit), same)


def argo_health(found: Mapping[str, Any], same: Same) -> Health:
    """Return whether the Application of a stack is synced and healthy at such a commit."""
    if not found:
        return _missing("Application")
    status: Mapping[str, Any] = found.get("status", {})
    sync: Mapping[str, Any] = status.get("sync", {})
    state = (sync.get("status", "Unknown"), status.get("health", {}).get("status", "Unknown"))
    if state != ("Synced", "Healthy"):
        cure = "look at it in Argo CD; what runs keeps running"
        return Health(holds=False, words=", ".join(state), cure=cure)
    return _at("Synced, Healthy", str(sync.get("revision", "")), same)


def _missing(kind: str) -> Health:
    cure = "see that --context is its cluster, and that `cluster bootstrap` ran there"
    return Health(holds=False, words=f"the cluster has no such {kind}", cure=cure)


def _at(words: str, commit: str, same: Same) -> Health:
    if not commit:
        cure = "wait until it has applied what is merged"
        return Health(holds=False, words=f"{words}, at a commit that it does not name", cure=cure)
    here = f"{words}, at {commit[:_SHORT]}"
    if equal := same(commit):
        return Health(holds=True, words=here)
    if equal is None:
        return Health(
            holds=False, words=f"{here}, which this clone does not have", cure="`git fetch`"
        )
    cure = "wait until it has applied what is merged"
    return Health(holds=False, words=f"{here}, which declares something else", cure=cure)
