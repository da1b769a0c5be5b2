"""Argo CD on rendered manifests: from commit to converged, from hand edit to healed."""

import json
import time
from pathlib import Path

from benchmarks.checkouts import STACK, large_checkout, small_pools
from benchmarks.process import say
from benchmarks.updates import namespace, rendered
from sandbox.argocd.application import Application, Repository
from sandbox.argocd.argocd import ArgoCd
from sandbox.cluster.waiting import wait_until

ROOT = Path(__file__).parent.parent
LONGEST = 900


def run(argocd: ArgoCd, folder: Path, pools: int) -> None:
    """Measure one size and print its lines; a commit is announced as a webhook does."""
    name = f"argocd-{pools}"
    namespace(argocd.sandbox, name)
    checkout = folder / "checkout"
    large_checkout(ROOT, checkout, small_pools(pools, name, rendered=True))
    repository = argocd.repository(name)
    revision = _push(checkout, repository, name, pools, cpu=1)
    before = time.monotonic()
    argocd.apply(Application(name=name, repository=repository.path, path="objects", namespace=name))
    argocd.wait_synced(name, revision, LONGEST)
    say(f"  Argo CD: first sync, healthy    {time.monotonic() - before:8.1f}")
    revision = _push(checkout, repository, name, pools, cpu=2)
    before = time.monotonic()
    argocd.refresh(name)
    argocd.wait_synced(name, revision, LONGEST)
    say(f"  Argo CD: commit to converged    {time.monotonic() - before:8.1f}")
    say(f"  Argo CD: hand edit to healed    {_healed(argocd, name):8.1f}")
    argocd.delete(name)


def _push(checkout: Path, repository: Repository, name: str, pools: int, *, cpu: int) -> str:
    stack = small_pools(pools, name, rendered=True, cpu=cpu)
    (checkout / f"Pulumi.{STACK}.yaml").write_text(stack)
    rendered(checkout, repository.path / "objects")
    return repository.commit("Render the stack")


def _healed(argocd: ArgoCd, name: str) -> float:
    sandbox = argocd.sandbox
    target = ("--namespace", name, "deployment/localai-pool-0000")
    sandbox.kubectl("scale", *target, "--replicas=0")
    before = time.monotonic()

    def back() -> bool:
        found = json.loads(sandbox.kubectl("get", *target, "--output=json"))
        return found["spec"]["replicas"] == 1

    wait_until(back, "the hand edit was not healed", LONGEST)
    return time.monotonic() - before
