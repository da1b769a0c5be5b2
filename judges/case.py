"""What judges look at: the checkout, and every object of its stacks and of the sample stacks."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gitops.planning.checkout import declared
from gitops.planning.rendering.rendering import INDEX, files

FOLDER = "tests/data/everything"
# The models of the checkout are a team's; these are of the tests.
_PROJECT = "tests/data/project"
SAMPLE = "sample-"
_WORKLOAD = {"apiVersion": "apps/v1", "kind": "Deployment"}
_DEPLOYMENT = (
    "replicas",
    "selector",
    "template",
    "revisionHistoryLimit",
    "progressDeadlineSeconds",
)


def samples(root: Path, target: Path) -> None:
    """Write the samples into a folder: their stack files, and the models of the tests."""
    shutil.copytree(root / FOLDER, target, dirs_exist_ok=True)
    shutil.copytree(root / _PROJECT / "models", target / "models", dirs_exist_ok=True)
    shutil.copy(root / _PROJECT / "Pulumi.yaml", target)
    shutil.copy(root / "__main__.py", target)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A checkout, and a folder that has the objects of each stack in a folder of its own."""

    root: Path
    objects: Path

    @property
    def stacks(self) -> tuple[Path, ...]:
        """Return the folder of each stack."""
        return tuple(sorted(self.objects.iterdir()))

    @property
    def seen(self) -> str:
        """Return in words what there is of objects."""
        count = len([*self.objects.glob("*/*.yaml")])
        return f"{len(self.stacks)} stacks, {count} objects"

    @property
    def workflows(self) -> tuple[str, ...]:
        """Return the workflows by their paths in the checkout."""
        found = sorted((self.root / ".github/workflows").glob("*.yml"))
        return tuple(str(path.relative_to(self.root)) for path in found)

    @property
    def locks(self) -> tuple[Path, ...]:
        """Return every file that locks packages of PyPI."""
        patterns = (
            "requirements*.txt",
            "*/requirements.txt",
            "components/addons/*/requirements.txt",
            "package/*/requirements.txt",
            "apps/*/requirements*.txt",
        )
        return tuple(path for one in patterns for path in sorted(self.root.glob(one)))


def case(root: Path, folder: Path) -> Case:
    """Return the case of a checkout; `folder` is empty and takes what is made for it."""
    checkout, objects = folder / "samples", folder / "objects"
    samples(root, checkout)
    # A stack of the checkout may have the name of a sample.
    renderings = {f"{SAMPLE}{one.stack}": one for one in declared(checkout, ())}
    renderings |= {one.stack: one for one in declared(root, ())}
    for name, rendering in renderings.items():
        place = objects / name
        place.mkdir(parents=True)
        for file, text in files(rendering).items():
            if file != INDEX:
                (place / file).write_text(_known(text), encoding="utf-8")
    return Case(root=root, objects=objects)


def _known(text: str) -> str:
    """Return an object as judges can read it: they know no Argo Rollouts.

    A Rollout is the Deployment in whose place it is, and an analysis is the Job that it runs.
    """
    found: dict[str, Any] = yaml.safe_load(text)
    spec: dict[str, Any] = found.get("spec", {})
    if found["kind"] == "Rollout":
        kept = {key: value for key, value in spec.items() if key in _DEPLOYMENT}
        return yaml.safe_dump({**found, **_WORKLOAD, "spec": kept})
    if found["kind"] == "HorizontalPodAutoscaler" and spec["scaleTargetRef"]["kind"] == "Rollout":
        target = {**_WORKLOAD, "name": spec["scaleTargetRef"]["name"]}
        return yaml.safe_dump({**found, "spec": {**spec, "scaleTargetRef": target}})
    providers: list[dict[str, Any]] = [one["provider"] for one in spec.get("metrics", ())
                                       if "provider" in one]  # fmt: skip
    jobs = [one["job"] for one in providers if "job" in one]
    if found["kind"] == "AnalysisTemplate" and jobs:
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": found["metadata"], **jobs[0]}
        return yaml.safe_dump(job)
    return text
