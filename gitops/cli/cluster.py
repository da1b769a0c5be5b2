"""`cluster render` writes what one cluster pulls; `cluster switch` says how a writer changes."""

from pathlib import Path

from documents.problem import Problem, RefusedError
from gitops.adapters.scratch import exchange, scratch
from gitops.cli.root import checkout
from gitops.cli.terminal import busy
from gitops.cluster.file import misplaced, read_cluster, read_clusters
from gitops.cluster.manifests import folder, found, manifests, read_objects, refused_by_schemas
from gitops.cluster.switch import Switch, switch_problems, switched
from gitops.planning.checkout import render_file
from models.catalog import read_catalog
from settings.cluster import Controller
from settings.file import read_stack_file
from settings.stack.delivery import Delivery

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


def steps(stack: str, to: Delivery) -> tuple[str, ...]:
    """Return how a stack gets another writer, step by step.

    Raises:
        RefusedError: a file is not valid, or the other writer would not leave all as it is.
    """
    root = checkout()
    file = read_stack_file(root, stack)
    if Delivery.COMPOSE in (to, file.settings.delivery):
        cause, cure = "is a server's own, which no cluster takes over", "see docs/single-server.md"
        raise RefusedError([file.document.problem(("config", "localai:delivery"), cause, cure)])
    one = read_cluster(root, file.settings.cluster.name)
    if wrong := list(misplaced(root, read_clusters(root), [file])):
        raise RefusedError(wrong)
    if one.settings.controller is Controller.FLUX:
        cause, cure = "has Flux, which applies rendered stacks only", "keep `rendered`"
        raise RefusedError([one.document.problem(("controller",), cause, cure)])
    catalog = read_catalog(root)
    now = render_file(file, catalog)
    switch = Switch(cluster=one, rendering=now, to=to)
    if file.settings.delivery is not to:
        if one.settings.stacks[stack].commit:
            cause, cure = "holds the files of the writer of now", "let it follow its branch first"
            raise RefusedError([one.document.problem(("stacks", stack, "commit"), cause, cure)])
        other = switched(file, to, now.keys.callers if now.keys else "")
        wrong = switch_problems(switch, render_file(other, catalog), file.document.file)
        if wrong:
            raise RefusedError(wrong)
    return switch.steps


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
