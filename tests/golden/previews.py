"""Typical edits of stack files, and what `preview` says of each, as files that people read."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import ndiff
from functools import cache
from io import StringIO
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory

from rich.console import Console

from gitops.cluster.file import read_cluster
from gitops.cluster.manifests import cluster_objects
from gitops.cluster.objects import ClusterObjects, placed
from gitops.cluster.plan import cluster_plan
from gitops.planning.checkout import declared, render_stack
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import markdown
from gitops.planning.output.text import print_text
from gitops.planning.plan import Plan, StackPlan, removed_stack, stack_plan
from gitops.planning.rendering.rendering import Rendering
from models.catalog import Catalog, read_catalog
from tests.support.project import PROJECT, ROOT

FOLDER = Path(__file__).parent
README = ROOT / "README.md"
# A commit of its own would change with every commit.
BASE = "7404f1e Declare dev, staging and production"
_WIDTH = 100
_RECORDED = re.compile(r"(?<=```diff\n).*?(?=```\n\n```console\n\$ make preview)", re.DOTALL)
_PRINTED = re.compile(r"(?<=\$ make preview ARGS=dev\n).*?(?=```)", re.DOTALL)

Replacement = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """An edit of a stack file: texts replaced, after some that make the base; None deletes it."""

    stack: str
    base: tuple[Replacement, ...] = ()
    head: tuple[Replacement, ...] | None


CLUSTER = ROOT / "tests" / "data" / "cluster"
CLUSTER_FILE = "clusters/main/cluster.yaml"
# Edits of a cluster file: texts replaced, everything beside it stays.
CLUSTER_EDITS: dict[str, tuple[Replacement, ...]] = {
    "cluster-edited": (
        ("0123456789abcdef0123456789abcdef01234567", "89abcdef0123456789abcdef0123456789abcdef"),
        ("platform/stacks.git", "platform/models.git"),
        ("cpu: 64", "cpu: 96"),
    ),
}
EDITS = {
    "model-swapped": Edit(
        stack="dev", head=(("qwen3-0.6b, llama-3.2-1b-instruct", "qwen3-0.6b, qwen3-1.7b"),)
    ),
    "model-added": Edit(
        stack="production",
        head=(
            ("[qwen3-8b, llama-3.2-3b-instruct]", "[qwen3-8b, llama-3.2-3b-instruct, qwen3-1.7b]"),
        ),
    ),
    "pool-parked": Edit(
        stack="staging",
        head=(("    speech:\n", "    speech:\n      replicas: 0\n"),),
    ),
    "server-upgraded": Edit(
        stack="staging", base=(("v4.9.0", "v4.8.2"),), head=(("v4.8.2", "v4.9.0"),)
    ),
    "pool-removed": Edit(
        stack="staging",
        head=(
            (
                "    speech:\n      gpu: nvidia-l4\n      models: [whisper-large-v3-turbo]\n"
                "      storage:\n        size: 20Gi\n",
                "",
            ),
        ),
    ),
    "claim-shrunk": Edit(stack="staging", head=(("size: 60Gi", "size: 40Gi"),)),
    "claim-grown": Edit(stack="staging", head=(("size: 60Gi", "size: 80Gi"),)),
    "chart-added": Edit(
        stack="dev",
        head=(
            (
                "  localai:pools:\n",
                "  localai:charts:\n    qdrant:\n      repository: https://qdrant.github.io/qdrant-helm\n"
                "      chart: qdrant\n      version: 1.15.5\n  localai:pools:\n",
            ),
        ),
    ),
    "autoscaler-added": Edit(
        stack="production",
        head=(
            (
                "      replicas: 2\n      surge: 1\n      models: [qwen3-embedding-0.6b",
                "      scaling: {min: 1, max: 3, cpu: 80}\n      models: [qwen3-embedding-0.6b",
            ),
        ),
    ),
    "cluster-moved": Edit(stack="dev", head=(("localai:cluster: dev", "localai:cluster: new"),)),
    "stack-deleted": Edit(stack="dev", head=None),
}


def golden(name: str) -> Iterator[tuple[Path, str]]:
    """Yield the files of one edit, each with what it should hold."""
    if name in CLUSTER_EDITS:
        before, after = _cluster_texts(CLUSTER_EDITS[name])
        old, new = (_cluster(text) for text in (before, after))
        stacks = tuple(stack_plan(one, one) for one in _cluster_stacks())
        clusters = (cluster_plan(new, placed(old)),)
        plan = Plan(base=BASE, compared=True, stacks=stacks, clusters=clusters)
    else:
        before, after = _texts(EDITS[name])
        plan = Plan(base=BASE, compared=True, stacks=(_plan(EDITS[name]),))
    yield FOLDER / name / "edit.diff", _diff(before, after)
    yield FOLDER / name / "preview.txt", _text(plan)
    yield FOLDER / name / "preview.md", markdown(plan_document(plan))
    document = json.dumps(plan_document(plan), indent=2, ensure_ascii=False)
    yield FOLDER / name / "preview.json", f"{document}\n"


def readme() -> str:
    """Return the README with the preview that it should show."""
    files = {path.name: text for path, text in golden("model-swapped")}
    text = README.read_text(encoding="utf-8")
    assert _RECORDED.search(text), "the README shows no edit"
    assert _PRINTED.search(text), "the README shows no preview"
    text = _RECORDED.sub(lambda _: files["edit.diff"], text)
    return _PRINTED.sub(lambda _: files["preview.txt"], text)


def _plan(edit: Edit) -> StackPlan:
    before, after = _texts(edit)
    base = _rendered(edit.stack, before)
    return (
        removed_stack(base) if edit.head is None else stack_plan(base, _rendered(edit.stack, after))
    )


def _texts(edit: Edit) -> tuple[str, str]:
    """Return the stack file before and after an edit."""
    before = (PROJECT / f"Pulumi.{edit.stack}.yaml").read_text(encoding="utf-8")
    for old, new in edit.base:
        before = _replaced(before, old, new)
    after = before if edit.head is not None else ""
    for old, new in edit.head or ():
        after = _replaced(after, old, new)
    return before, after


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text, f"no stack file holds {old!r}"
    return text.replace(old, new, 1)


def _cluster_texts(edit: tuple[Replacement, ...]) -> tuple[str, str]:
    before = after = (CLUSTER / CLUSTER_FILE).read_text(encoding="utf-8")
    for old, new in edit:
        after = _replaced(after, old, new)
    return before, after


def _cluster(text: str) -> ClusterObjects:
    """Return what a cluster pulls whose file is this text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / CLUSTER_FILE
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        found = cluster_objects(read_cluster(Path(folder), "main"), _cluster_stacks())
    assert found, "a stack of the cluster is not there"
    return found


@cache
def _cluster_stacks() -> tuple[Rendering, ...]:
    return tuple(declared(CLUSTER, ()))


def _diff(old: str, new: str) -> str:
    before, after = (text.splitlines(keepends=True) for text in (old, new))
    changed = (line for line in ndiff(before, after) if line[0] in "+-")
    return "".join(f"{line[0]}{line[2:]}" for line in changed)


@cache
def _catalog() -> Catalog:
    return read_catalog(PROJECT)


def _rendered(stack: str, text: str) -> Rendering:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        copy2(PROJECT / "Pulumi.yaml", root)
        (root / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")
        return render_stack(root, stack, _catalog())


def _text(plan: Plan) -> str:
    out = StringIO()
    print_text(plan, Console(file=out, width=_WIDTH, highlight=False, soft_wrap=False))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
