"""A promotion from its facts to its branch: nothing of it is in the work tree at any time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from documents.problem import Problem, RefusedError, refusal
from gitops.adapters.branch import Branches, Tip
from gitops.adapters.git import Entry, Git
from gitops.cluster.file import Cluster
from gitops.planning.cost import NOTHING, cost
from gitops.planning.plan import Plan, stack_plan
from gitops.promotion import served
from gitops.promotion.body import TRAILER, message
from gitops.promotion.facts import Facts
from gitops.promotion.target import Asked, Side, Target, moved
from settings.release import FOLDER, Release, release_name

# New files that declare something: what is untracked beside them is nobody's business here.
_DECLARING = ("Pulumi.*", "models/", "gpus/", f"{FOLDER}/", "evaluations/", "clusters/",
              "*.py")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A checkout: its folder, what asks its repository, and what writes commits of it."""

    root: Path
    git: Git
    branches: Branches


@dataclass(frozen=True, kw_only=True)
class Base:
    """The commit that a promotion is made on, and the branch that it goes into."""

    commit: str
    branch: str


def branch_of(stack: str) -> str:
    """Return the one branch that promotions into a stack are on."""
    return f"promote/{stack}"


def base(checkout: Checkout) -> Base:
    """Return what is checked out, if it is a branch and all of it is committed.

    Raises:
        RefusedError: it is not.
        GitError: Git refuses the repository.
    """
    git = checkout.git
    commit = git.commit("HEAD") if git.is_repository() else None
    if commit is None:
        raise refusal("", "this is not a Git repository with a commit", "run it in the checkout")
    branch = checkout.branches.current()
    if branch is None:
        cure = "`git switch main`; in CI, `git switch --force-create main` of what was checked out"
        raise refusal("HEAD", "is detached, so no branch says where a promotion goes", cure)
    if not git.is_clean(_DECLARING):
        cause = "has changes that are not committed, and a promotion is made of commits"
        raise refusal("work tree", cause, "commit them, or `git stash --include-untracked`")
    return Base(commit=commit, branch=branch)


def refuse_other_branch(found: Base, followed: str) -> None:
    """Refuse to promote into a branch that nothing follows.

    Raises:
        RefusedError: it is another one than what the cluster, or the remote, has as its main one.
    """
    if followed and found.branch != followed:
        cause = f"is {found.branch}, and promotions go into {followed}"
        raise refusal("HEAD", cause, f"`git switch {followed}`")


def refuse_diverged(git: Git, found: Base, heads: Mapping[str, str]) -> None:
    """Refuse where the branch here is not at the commit that the remote has.

    Raises:
        RefusedError: it is ahead, behind, both, or not there.
    """
    there = heads.get(found.branch)
    if there == found.commit:
        return
    if there is None:
        cause, cure = "is not on the remote", f"`git push origin {found.branch}`"
    elif git.commit(there) is None:
        cause, cure = "is behind the remote, or has diverged from it", "`git pull --ff-only`"
    elif git.merge_base(there, found.commit) == there:
        cause, cure = "has commits that the remote lacks", "push them, through a pull request"
    else:
        cause, cure = "is behind the remote, or has diverged from it", "`git pull --ff-only`"
    raise refusal(found.branch, cause, cure)


def refuse_held(clusters: Iterable[Cluster], asked: Asked) -> None:
    """Refuse where a stack stays at a commit: what its file says here is not what it runs.

    Raises:
        RefusedError: one of the two is held.
    """
    for cluster in clusters:
        for stack in (asked.source, asked.target):
            place = cluster.settings.stacks.get(stack)
            if place and place.commit:
                path = ("stacks", stack, "commit")
                cause = f"holds {stack} at {place.commit[:7]}: what is merged does not reach it"
                raise RefusedError([cluster.document.problem(path, cause, "delete it, and merge")])


def followed(clusters: Iterable[Cluster], stack: str) -> str:
    """Return the branch that the cluster of a stack follows; empty where no file says it."""
    for cluster in clusters:
        if place := cluster.settings.stacks.get(stack):
            return place.branch or cluster.settings.repository.branch
    return ""


def facts(
    root: Path, asked: Asked, sides: tuple[Side, Side], target: Target, now: datetime
) -> Facts:
    """Return the facts that the checkout itself holds.

    Raises:
        AssertionError: the target says nothing of promotions; that was refused before.
    """
    source, old = sides
    settings = old.file.settings.promotion
    if settings is None:
        raise AssertionError("a promotion into a stack that takes none was not refused")
    version = target.release.server if target.release else source.release.server
    return Facts(
        now=now,
        settings=settings,
        source=asked.source,
        target=asked.target,
        release=source.release.digest,
        servers=(source.release.server, version),
        problems=tuple(map(str, target.problems)),
        rules=tuple(map(str, target.rules)),
        cost=cost(target.rendering).dollars if target.rendering else NOTHING.dollars,
        budget=old.file.settings.budget,
        licenses={name: one.license for name, one in moved(source, asked).items()},
        served=served.moved(source.release, asked.models),
        least=served.least(settings, last=served.is_last(root, asked.target)),
    )


def plan(subject: str, side: Side, target: Target) -> Plan | None:
    """Return what a promotion changes of its stack; None where it cannot be made."""
    if target.rendering is None:
        return None
    return Plan(base=subject, compared=True, stacks=(stack_plan(side.rendering, target.rendering),))


def declaring(stack: str, release: Release | None, names: Iterable[str]) -> tuple[str, ...]:
    """Return the files that decide which release a stack declares."""
    if release:
        return (release_name(stack),)
    return (f"Pulumi.{stack}.yaml", *(f"models/{one}.yaml" for one in sorted(names)))


def same_at(git: Git, here: str, paths: Iterable[str], commit: str) -> bool | None:
    """Return whether a commit has the same files at some paths; None where it is not here."""
    wanted = frozenset(paths)
    if git.commit(commit) is None:
        return None

    def asked(entry: Entry) -> bool:
        return entry.path in wanted

    return not git.between(commit, here, asked)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the branch of a promotion is to hold: files, and the release that they make."""

    asked: Asked
    release: Release
    files: Mapping[str, bytes | None]


def pushed(checkout: Checkout, found: Base, change: Change, tip: Tip | None) -> str:
    """Have the branch of a promotion hold its files, and return its commit: a new one if needed.

    Raises:
        RefusedError: somebody committed to that branch.
        TakenError: another run moved it at the same time.
        GitError: Git or the remote refuses.
    """
    branches, branch = checkout.branches, branch_of(change.asked.target)
    if tip:
        if _holds(checkout, found, tip, change.files):
            return tip.commit
        refuse_others(checkout.git, found, tip, branch)
    tree = branches.tree(found.commit, change.files)
    commit = branches.commit(tree, found.commit, message(change.asked, change.release, tree))
    branches.push(commit, branch, tip.commit if tip else None)
    return commit


def _holds(checkout: Checkout, found: Base, tip: Tip, files: Mapping[str, bytes | None]) -> bool:
    """Return whether a branch makes the same change of the same files, and is not merged yet."""
    git, last = checkout.git, found.commit
    # What was merged changes nothing any more: whoever reverts it is proposed a new commit.
    merged = git.merge_base(tip.commit, last) == tip.commit
    if merged or len(tip.parents) != 1 or git.merge_base(tip.parents[0], last) != tip.parents[0]:
        return False
    unmoved = same_at(git, last, files, tip.parents[0])
    return bool(unmoved) and checkout.branches.tree(tip.parents[0], files) == tip.tree


def unlike(
    checkout: Checkout,
    found: Base,
    change: tuple[Asked, Mapping[str, bytes | None]],
    tip: Tip | None,
    pull: str | None,
) -> Iterator[Problem]:
    """Yield why what is to be merged is not what a promotion would make now.

    `tip` is that of its branch, and `pull` the commit that its pull request asks to merge.
    """
    (asked, files), branch = change, branch_of(change[0].target)
    verb = f"`localai-gitops promote {asked.source} {asked.target}`"
    if tip is None:
        cause, cure = "is not on the remote, so nothing is to be merged", f"push it with {verb}"
    elif not (is_ours(tip) and _holds(checkout, found, tip, files)):
        cause = f"has {tip.commit[:7]}, which is not what a promotion makes of {found.branch} now"
        cure = f"run {verb} with the same --model; if it refuses the branch, delete that first"
    elif pull and pull != tip.commit:
        cause = f"is at {tip.commit[:7]}, and its pull request at {pull[:7]}"
        cure = "see who else pushes to that branch, and run it again"
    else:
        return
    yield Problem(file=branch, cause=cause, cure=cure)


def is_ours(tip: Tip) -> bool:
    """Return whether a commit says that a promotion wrote it as it is; that is no signature."""
    return len(tip.parents) == 1 and tip.message.endswith(f"{TRAILER} {tip.tree}")


def refuse_others(git: Git, found: Base, tip: Tip, branch: str) -> None:
    """Refuse to write over what somebody else committed to the branch of a promotion.

    Raises:
        RefusedError: its last commit is not one of ours, and is not merged.
    """
    if not is_ours(tip) and git.merge_base(tip.commit, found.commit) != tip.commit:
        cause = f"has {tip.commit[:7]}, which no promotion wrote and which is not merged"
        raise refusal(branch, cause, "merge its pull request, or delete the branch")
