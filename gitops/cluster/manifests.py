"""The manifests of a cluster as files: what they should be, and whether they are that."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from documents.files import declared_bytes, given_text
from documents.problem import Problem, RefusedError
from gitops.adapters.git import Git
from gitops.cluster.file import FOLDER, Cluster, misplaced, read_cluster, read_clusters
from gitops.cluster.layout import MANIFESTS, ClusterObjects
from gitops.cluster.objects import objects, placed
from gitops.planning.checkout import Declared, read_declared
from gitops.planning.rendering.rendering import Rendering, manifest_yaml
from gitops.validation.schemas.schemas import object_findings

HEADER = "# Written by `localai-gitops cluster render`: change cluster.yaml or the stack file.\n"
_HEALTH = Path(__file__).with_name("health")
_LARGEST = 4 * 1024 * 1024


def cluster_objects(cluster: Cluster, renderings: Iterable[Rendering]) -> ClusterObjects | None:
    """Return what a cluster pulls; None where one of its stacks is not among the renderings."""
    known = {one.stack: one for one in renderings}
    if not known.keys() >= cluster.settings.stacks.keys():
        return None
    return ClusterObjects(
        name=cluster.name,
        settings=cluster.settings,
        renderings=known,
        health={
            path.stem: given_text(path, most=_LARGEST) for path in sorted(_HEALTH.glob("*.lua"))
        },
    )


def read_objects(root: Path, name: str) -> ClusterObjects:
    """Return what one cluster of a checkout pulls.

    Raises:
        RefusedError: the cluster, a stack of it or what they make together is not valid.
    """
    one = read_cluster(root, name)
    declared = read_declared(root, ())
    if wrong := list(misplaced(root, read_clusters(root), declared.files)):
        raise RefusedError(wrong)
    made = cluster_objects(one, declared.renderings)
    if made is None:
        raise AssertionError("a stack of the cluster was neither rendered nor refused")
    return made


def manifests(cluster: ClusterObjects) -> dict[str, str]:
    """Return the text of every file by its path below the folder of manifests."""
    return {name: HEADER + manifest_yaml(one) for name, one in sorted(placed(cluster).items())}


def folder(root: Path, name: str) -> Path:
    """Return where the manifests of a cluster are."""
    return root / FOLDER / name / MANIFESTS


def found(target: Path) -> dict[str, str | None]:
    """Return the files that are there; None for one that this program did not write."""
    paths = (path for path in target.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(target).as_posix(): _ours(target, path) for path in sorted(paths)}


def _ours(target: Path, path: Path) -> str | None:
    try:
        text = declared_bytes(target, str(path.relative_to(target)), most=_LARGEST).decode()
    except (RefusedError, UnicodeDecodeError):
        return None
    return text if text.startswith(HEADER) and not path.is_symlink() else None


def stale(root: Path, cluster: ClusterObjects) -> Iterator[Problem]:
    """Yield the files that are not what a cluster file and its stacks make."""
    wanted: Mapping[str, str | None] = manifests(cluster)
    there = found(folder(root, cluster.name))
    for name in sorted({*wanted, *there}):
        if wanted.get(name) != there.get(name) or name not in wanted:
            cause = "is not made by the cluster file or a stack"
            if name in wanted:
                cause = "is not there" if name not in there else "is not what the files make now"
            yield Problem(
                file=f"{FOLDER}/{cluster.name}/{MANIFESTS}/{name}",
                path=(),
                cause=cause,
                cure=f"run `localai-gitops cluster render {cluster.name}`",
            )


def unmerged(git: Git, head: str | None, cluster: ClusterObjects) -> Iterator[tuple[str, str]]:
    """Yield cause and cure where the commit that a cluster follows lacks its manifests."""
    if head is None or not git.is_repository():
        return
    if git.commit(head) is None:
        yield f"is at {head[:9]}, which this checkout lacks", "run `git pull`"
        return
    where = f"{FOLDER}/{cluster.name}/{MANIFESTS}/"
    there = {one.path: one.id for one in git.tree(head) if one.path.startswith(where)}
    texts = git.contents(there.values())
    held = {path.removeprefix(where): texts[blob] for path, blob in there.items()}
    if held != {name: text.encode() for name, text in manifests(cluster).items()}:
        cause = f"is at {head[:9]}, which does not hold what is in {where} here"
        yield cause, "commit it and merge it first"


def cluster_problems(root: Path, declared: Declared) -> Iterator[Problem]:
    """Yield what is wrong with the clusters of a checkout, as far as its stacks were asked about.

    Raises:
        RefusedError: a cluster file is not valid.
    """
    clusters = read_clusters(root)
    if wrong := list(misplaced(root, clusters, declared.files)):
        yield from wrong
        return
    for cluster in clusters:
        if made := cluster_objects(cluster, declared.renderings):
            yield from refused_by_schemas(made)
            yield from stale(root, made)


def refused_by_schemas(cluster: ClusterObjects) -> Iterator[Problem]:
    """Yield what the API server would refuse of the objects of the cluster itself."""
    for one in (one for found in objects(cluster).values() for one in found):
        for finding in object_findings(one):
            yield Problem(
                file=f"{FOLDER}/{cluster.name}/cluster.yaml",
                path=(),
                cause=f"makes {one['kind']} {one['metadata']['name']} with {finding}",
                cure="change what it is made of",
            )
