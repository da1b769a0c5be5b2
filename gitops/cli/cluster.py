"""`cluster render`: writes what one cluster pulls from this repository."""

from pathlib import Path

from documents.problem import Problem, RefusedError
from gitops.adapters.scratch import exchange, scratch
from gitops.cli.root import checkout
from gitops.cli.terminal import busy
from gitops.cluster.manifests import folder, found, manifests, read_objects, refused_by_schemas

_DRAFT = ".localai-gitops-manifests-"


def write(name: str) -> Path:
    """Write the manifests of a cluster, all or none, and return their folder below the checkout.

    Raises:
        RefusedError: the cluster, a stack of it or what they make together is not valid, or
            somebody else's file is in the folder.
    """
    root = checkout()
    with busy(f"Rendering cluster {name}"):
        _write(root, name)
    return folder(root, name).relative_to(root)


def _write(root: Path, name: str) -> None:
    made = read_objects(root, name)
    if wrong := [*refused_by_schemas(made), *_foreign(folder(root, name))]:
        raise RefusedError(wrong)
    _place(manifests(made), folder(root, name))


def _foreign(target: Path) -> list[Problem]:
    cause, cure = "was not written by this command", "move it elsewhere"
    others = [one for one, text in found(target).items() if text is None]
    return [Problem(file=str(target / one), path=(), cause=cause, cure=cure) for one in others]


def _place(texts: dict[str, str], target: Path) -> None:
    with scratch(target.parent, _DRAFT) as draft:
        draft.chmod(0o755)
        for name, text in texts.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
        if target.is_dir():
            exchange(draft, target)
        else:
            draft.rename(target)
