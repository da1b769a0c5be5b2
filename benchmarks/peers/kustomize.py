"""kustomize: one file for each pool, and a namespace that it gives to every object."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.peers.contest import Command, Objects
from benchmarks.peers.programs import kubectl
from benchmarks.peers.shapes import Manifest
from documents.writer import to_yaml


def kustomize(objects: Objects, folder: Path) -> Command:
    """Write the files and return the command that builds them."""
    program = kubectl()
    files = {**objects.pools, "stack": objects.stack}
    for name, manifests in files.items():
        (folder / f"{name}.yaml").write_text(_text(manifests), encoding="utf-8")
    about = {"namespace": objects.namespace, "resources": [f"{name}.yaml" for name in files]}
    (folder / "kustomization.yaml").write_text(to_yaml(about), encoding="utf-8")
    return Command(argv=[str(program), "kustomize", str(folder)], folder=folder)


def _text(manifests: Iterable[Manifest]) -> str:
    return "".join(f"---\n{to_yaml(_without_namespace(one))}" for one in manifests)


def _without_namespace(manifest: Manifest) -> Manifest:
    kept = {key: one for key, one in manifest["metadata"].items() if key != "namespace"}
    return {**manifest, "metadata": kept}
