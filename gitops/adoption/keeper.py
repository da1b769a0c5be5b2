"""Who keeps a workload as it is today, and would undo the adoption: Helm, Argo CD or Flux."""

from collections.abc import Iterator
from dataclasses import dataclass

from gitops.adoption.running import Manifest, annotations, labels

_RELEASE = "meta.helm.sh/release-name"
_ARGO_LABEL, _ARGO_NOTE = "argocd.argoproj.io/instance", "argocd.argoproj.io/tracking-id"
_FLUX = ("helm.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/name")


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """A tool that holds on to a workload, and how to make it let go without losing data."""

    title: str
    why: str
    commands: tuple[str, ...]


def keeper(manifest: Manifest, kubectl: str) -> Keeper | None:
    """Return the tool that would undo a change of a workload, as its metadata tells; or None."""
    return next(_keepers(manifest, kubectl), None)


def _keepers(manifest: Manifest, kubectl: str) -> Iterator[Keeper]:
    notes, marks = annotations(manifest), labels(manifest)
    argo = marks.get(_ARGO_LABEL) or notes.get(_ARGO_NOTE, "").partition(":")[0]
    if argo:
        yield Keeper(
            title=f"Let Argo CD's Application {argo} go",
            why="it would undo the next steps; without the cascade its objects stay",
            commands=(f"argocd app delete {argo} --cascade=false",),
        )
    for mark in _FLUX:
        if mark in marks:
            yield Keeper(
                title=f"Let Flux's {marks[mark]} go",
                why="it would undo the next steps; suspended, it deletes nothing",
                commands=("flux suspend --help  # for its kind: helmrelease or kustomization",),
            )
    if notes.get(_RELEASE):
        yield Keeper(
            title=f"Make Helm forget the release {notes[_RELEASE]}; do not uninstall it",
            why="`helm uninstall` would delete the Service and the claim with its data; without "
            "its records Helm knows nothing of them",
            commands=(f"{kubectl} delete secret --selector owner=helm,name={notes[_RELEASE]}",),
        )
