"""`history` and `rollback`: the releases that a stack had, and one commit back to one of them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from components.addons.served.pod import SERVED
from documents.files import declared_bytes
from documents.problem import RefusedError, refusal
from documents.reader import read
from gitops.adapters.git import Git, GitError
from gitops.adapters.history import History
from gitops.adapters.kubectl import Kubectl
from gitops.adapters.process import run
from gitops.cli.new_files import write_new
from gitops.cli.root import checkout
from gitops.cluster.file import FOLDER, read_clusters
from gitops.planning.checkout import is_first, render_file
from gitops.planning.plan import StackPlan, stack_plan
from gitops.planning.printable import counted, printable
from gitops.promotion.releases import releases
from gitops.promotion.rollback import (
    ROLLOUTS,
    Kept,
    Way,
    chosen,
    counts,
    endings,
    keys_back,
    told,
    unobtainable,
    way,
)
from gitops.promotion.target import pulled
from models.catalog import Catalog, read_catalog
from settings.cluster import Controller
from settings.file import StackFile, read_stack_file, stack_file, stack_names
from settings.release import (
    BLOCKED,
    Block,
    Release,
    blocked_text,
    parse_release,
    read_blocked,
    release_name,
    short,
)
from settings.stack.delivery import Delivery

# A rollout takes minutes, and asking costs a process.
_PAUSE_SECONDS = 2.0
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """What a rollback would do: where from and to, what it costs, and the files of its commit."""

    stack: str
    old: Release
    new: Release
    way: Way
    plan: StackPlan
    keys: tuple[str, ...]
    files: dict[str, bytes | None]

    @property
    def named(self) -> str:
        """Return the files in words; the manifests of a cluster are counted."""
        own = [one for one in self.files if not one.startswith(f"{FOLDER}/")]
        rest = len(self.files) - len(own)
        return ", ".join([*own, *([counted(rest, "manifest")] if rest else [])])

    def lines(self) -> Iterator[str]:
        """Yield it in words."""
        names = f"{short(self.old.digest)} -> {short(self.new.digest)}"
        yield f"{self.stack}: release {names} ({counts(self.plan)})"
        yield from told(self.way, self.plan)
        if self.keys:
            yield f"of the stack file, these come back as they were then: {', '.join(self.keys)}"


def rollback(stack: str, wanted: str | None, reason: str, today: date) -> Rollback:
    """Return the rollback of a stack to an earlier release; nothing is written yet.

    Raises:
        RefusedError: there is none to go back to, or it could not be served; or files that would
            be written are edited, the branch lacks commits of its upstream, or HEAD is detached.
        GitError: Git cannot read its history.
    """
    root = checkout()
    file = read_stack_file(root, stack)
    if file.release is None:
        raise _without(file, alone=stack_names(root) == [stack])
    names = (release_name(stack), file.document.file, release_name(BLOCKED))
    history, blocks = releases(root, stack), read_blocked(root)
    _refuse_unready(root, names)
    place = _chosen(root, stack, history, (file.release.digest, wanted, blocks))
    content = Git(folder=root, run=run).contents([history[place].blob])[history[place].blob]
    target = parse_release(content, f"{release_name(stack)} of {history[place].commit[:9]}")
    catalog = read_catalog(root)
    # The newest version is the release of now, so that there is a later one.
    later = history[place - 1].commit
    then, files = _served(root, file, target, catalog, later)
    before, after = render_file(file, catalog), render_file(then, catalog)
    plan = stack_plan(before, after)
    if plan.refusals:
        refused = plan.refusals[0]
        raise refusal(f"release {short(target.digest)} of {stack}", refused.text, refused.cure)
    said = {"release": file.release.digest, "since": today.isoformat()}
    block = Block.model_validate({**said, "reason": printable(reason)[:300] or "rolled back"})
    others = [one for one in blocks if one.release != block.release]
    texts = {names[0]: target.text, **files, names[2]: blocked_text([*others, block])}
    # Argo CD applies what is committed below the cluster: without it, nothing would go back.
    contents = {name: text.encode() for name, text in texts.items()} | pulled(root, after)
    return Rollback(
        stack=stack, old=file.release, new=target, files=contents, plan=plan,
        way=way(before, after, file.release, target),
        keys=tuple(keys_back(file.document, then.document)),
    )  # fmt: skip


def _chosen(
    root: Path, stack: str, history: Sequence[Kept], asked: tuple[str, str | None, Sequence[Block]]
) -> int:
    """Return the place of a release in the history; what is cut off may have had it."""
    try:
        return chosen(stack, history, *asked)
    except RefusedError:
        if not Git(folder=root, run=run).is_shallow():
            raise
        cause = "has no such release in the part of its history here"
        cure = "`git fetch --unshallow`, then run this again"
        raise refusal(stack, cause, cure) from None


def aborted(file: StackFile, kubectl: Kubectl, seconds: int) -> dict[str, str]:
    """Return which rollouts of a stack the cluster aborted, and why; nothing where all are well.

    Raises:
        RefusedError: it declares none, or they do not end within some seconds.
        KubectlError: the cluster does not answer, or refuses.
    """
    models = file.settings.served_models.items()
    declared = {name: one.digest for name, one in models if one.rollout}
    if not declared:
        cause, cure = "declares no rollout that could be aborted", "leave out --aborted"
        raise refusal(file.document.file, cause, cure)
    where = ("--namespace", file.settings.namespace, "--selector", SERVED)
    until = time.monotonic() + seconds
    while True:
        found = [*endings(declared, kubectl.get(ROLLOUTS, *where).get("items", []))]
        if bad := {one.name: one.why for one in found if one.is_aborted}:
            return bad
        moving = [one for one in found if not one.has_ended]
        if not moving:
            return {}
        if time.monotonic() >= until:
            cause = f"has not ended the rollout of {moving[0].name}: {moving[0].why}"
            raise refusal(file.stack, cause, "wait longer with --wait, or look at the rollout")
        time.sleep(_PAUSE_SECONDS)


def push(made: str) -> str:
    """Push the commit of a rollback to the branch of its name at origin, and return the branch.

    Raises:
        GitError: the remote cannot be reached, or does not take it.
    """
    root = checkout()
    history, before = History(folder=root, run=run), Git(folder=root, run=run).commit(f"{made}^1")
    branch = history.current() or ""
    history.push(made, branch, before)
    return branch


def _without(file: StackFile, *, alone: bool) -> RefusedError:
    cause = "has no release file, so it has no release to go back from"
    cure = f"revert the commit, or write one: `localai-gitops release {file.stack}`"
    if is_first(file.stack, alone=alone):
        cause = "is of the first stack, which serves models/ as they are"
        cure = "`git revert` the commit that changed them"
    return refusal(file.document.file, cause, cure)


def _served(
    root: Path, file: StackFile, target: Release, catalog: Catalog, later: str
) -> tuple[StackFile, dict[str, str]]:
    """Return the stack file that agrees with a release, and its text where it is an older one."""
    now = replace(file, release=target)
    try:
        render_file(now, catalog)
    except RefusedError:
        # It lists other models, aliases or another server: it goes back as well.
        content = _then(root, file.document.file, later)
    else:
        return now, {}
    try:
        found = stack_file(file.stack, read(content, name=file.document.file))
        then = replace(found, release=target)
        render_file(then, catalog)
    except RefusedError as error:
        raise unobtainable(file.stack, target.digest, error) from None
    return then, {file.document.file: content.decode()}


def _then(root: Path, name: str, later: str) -> bytes:
    """Return a stack file as it was before a commit, which replaced a release."""
    git = Git(folder=root, run=run)
    commit = git.commit(f"{later}^1")
    entries = git.tree(commit) if commit else ()
    blob = next((one.id for one in entries if one.path == name), "")
    if not blob:
        raise refusal(name, f"was not there before {later[:9]}", "choose another one with --to")
    return git.contents([blob])[blob]


def _refuse_unready(root: Path, names: Sequence[str]) -> str:
    """Return the branch that is checked out, if a commit may be added to it.

    Raises:
        RefusedError: HEAD is detached, files are edited, or the upstream has more commits.
    """
    history = History(folder=root, run=run)
    branch = history.current()
    if branch is None:
        raise refusal("HEAD", "is detached: a commit would be on no branch", "`git switch -c NAME`")
    if edited := history.edited(names):
        cure = "`git stash` or commit it first"
        raise refusal(edited[0], "is edited, and would be written", cure)
    if count := history.missing():
        cause = f"lacks {counted(count, 'commit')} of its upstream"
        raise refusal(branch, cause, "`git pull --rebase`, then run this again")
    return branch


def commit(made: Rollback, reason: str) -> str:
    """Write the one commit of a rollback on the branch here, and return it; nothing is pushed.

    Raises:
        RefusedError: the branch may not be committed to.
        GitError: Git does not commit; the files are as they were.
    """
    root = checkout()
    history, names = History(folder=root, run=run), tuple(made.files)
    branch = _refuse_unready(root, names)
    subject = f"Roll {made.stack} back to {short(made.new.digest)}"[:60]
    body = f"{printable(reason)}\n\nFrom release {made.old.digest}\nto release {made.new.digest}."
    new, old = history.committed(branch, made.files, f"{subject}\n\n{body}\n")
    before = {
        one: declared_bytes(root, one, most=_LARGEST) if (root / one).is_file() else None
        for one in names
    }
    # Files first: whoever is cut between the two and commits what is there, commits the rollback.
    _write(root, made.files)
    try:
        history.advance(branch, new, old, names)
    except GitError:
        if Git(folder=root, run=run).commit(f"refs/heads/{branch}") != new:
            _write(root, before)
        raise
    return new


def _write(root: Path, files: Mapping[str, bytes | None]) -> None:
    """Write files, and delete those that have no content."""
    write_new(root, {one: it.decode() for one, it in files.items() if it is not None}, force=True)
    for gone in (one for one, content in files.items() if content is None):
        (root / gone).unlink(missing_ok=True)


def held(stack: str) -> Iterator[str]:
    """Yield why the cluster would not take a commit of this branch."""
    root = checkout()
    clusters = read_clusters(root)
    listed = any(stack in one.settings.stacks for one in clusters)
    if not listed and read_stack_file(root, stack).settings.delivery is Delivery.RENDERED:
        yield (
            f"note: no cluster file lists {stack}, so the manifests that you committed for it are "
            f"still the bad ones: `localai-gitops render {stack} --out FOLDER`, and commit them too"
        )
    for cluster in clusters:
        place = cluster.settings.stacks.get(stack)
        at = cluster.document.file
        if place and place.commit:
            yield f"note: {at} holds {stack} at {place.commit[:9]}: move that, too"
        if place and place.frozen:
            yield f"note: {at} has frozen {stack}: nothing is applied until that is taken back"
        by_argo = cluster.settings.controller is Controller.ARGO
        if place and place.delivery is Delivery.RENDERED and by_argo:
            end = f"end it with `argocd app terminate-op stack-{stack}`"
            yield f"note: a running sync of the bad release, retries included, comes first: {end}"
