"""What a cluster lacks for the declared objects to work, each with what follows and the cure."""

from __future__ import annotations

from collections.abc import Iterator

from gitops.validation.schemas import VERSIONS
from sandbox.existing.facts import Facts
from sandbox.existing.needs import DEFAULT_CLASS, Needs


def lacks(needs: Needs, facts: Facts) -> Iterator[str]:
    """Yield a sentence for each thing that is missing."""
    yield from too_old(facts.version)
    if facts.devices is None:
        yield "the right to list nodes: whether there are GPUs is not known"
    else:
        for device in sorted(needs.devices - facts.devices):
            yield f"{device}: no node offers it, so pods wait; add nodes with its device plugin"
    if facts.classes is None:
        yield "the right to list storage classes: whether claims are served is not known"
    else:
        for name in sorted(needs.classes - facts.classes):
            word = f"storage class {name}" if name != DEFAULT_CLASS else "a default storage class"
            yield f"{word}: claims stay pending; install a storage driver and its class"
    for secret in sorted(needs.secrets - facts.secrets):
        yield f"secret {secret}: pods that read it do not start; create it"


def too_old(version: str) -> Iterator[str]:
    """Yield a sentence when a cluster is older than the oldest that we support."""
    numbers = version.removeprefix("v").split(".")[:2]
    if [int(number) for number in numbers] < [int(number) for number in VERSIONS[0].split(".")]:
        yield f"Kubernetes {VERSIONS[0]}: this is {version}, and objects may be refused; upgrade it"
