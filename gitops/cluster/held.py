"""Stacks that stay at a commit: no change reaches them, and a hold that moves is planned."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from documents.problem import Problem, RefusedError
from documents.reader import Value, read
from gitops.adapters.git import Git
from gitops.cluster.file import FOLDER, NAME, Cluster
from gitops.cluster.layout import MANIFESTS, STACKS
from gitops.planning.base import BaseRendering
from gitops.planning.checkout import Declared
from gitops.planning.note import Kind, Note
from gitops.planning.plan import Plan
from gitops.planning.program import document, followed, followed_notes
from gitops.planning.rendering.rendering import Rendering
from settings.stack.delivery import Delivery

_SHORT = 7


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A stack that is held before or after a change; None is where it follows a branch."""

    stack: str
    cluster: Cluster
    old: str | None
    new: str | None

    @property
    def branch(self) -> str:
        """Return the branch it follows where it is not held, and that its commit should be on."""
        place = self.cluster.settings.stacks[self.stack]
        return place.branch or self.cluster.settings.repository.branch

    @property
    def manifests(self) -> str:
        """Return where Argo CD finds the objects of a rendered stack."""
        return f"{FOLDER}/{self.cluster.name}/{MANIFESTS}/{STACKS}/{self.stack}/"

    def problem(self, cause: str, cure: str) -> Problem:
        """Return a problem at the line of the hold; the cause begins with a verb."""
        said = f"is '{str(self.new)[:_SHORT]}', which {cause}"
        return self.cluster.document.problem(("stacks", self.stack, "commit"), said, cure)


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is compared: stacks before and after by name, what to say of them, what is wrong."""

    bases: Mapping[str, Rendering]
    heads: tuple[Rendering, ...]
    commits: Mapping[str, str | None]
    notes: Mapping[str, tuple[Note, ...]]
    problems: tuple[Problem, ...]

    def noted(self, plan: Plan) -> Plan:
        """Return the plan with what is said of stacks that are or were held."""
        stacks = (
            replace(
                one,
                held=self.commits.get(one.stack),
                notes=(*self.notes.get(one.stack, ()), *one.notes),
            )
            for one in plan.stacks
        )
        return replace(plan, stacks=tuple(stacks), problems=(*plan.problems, *self.problems))


def holds(git: Git, base: str | None, clusters: Iterable[Cluster]) -> tuple[Hold, ...]:
    """Return the stacks that are held here, or were at a commit.

    Raises:
        GitError: Git cannot read the commit.
    """
    before = places_at(git, base) if base else {}
    found = (
        Hold(stack=stack, cluster=one, old=_commit(before.get(stack)), new=place.commit)
        for one in clusters
        for stack, place in one.settings.stacks.items()
    )
    return tuple(one for one in found if one.old or one.new)


def places_at(git: Git, commit: str) -> dict[str, Mapping[str, Value]]:
    """Return what the cluster files of a commit say of each stack, as far as they can be read.

    Raises:
        GitError: Git cannot read the commit.
    """
    paths = {one.path: one.id for one in git.tree(commit) if _is_cluster_file(one.path)}
    contents = git.contents(paths.values())
    return {
        stack: place
        for path, identity in paths.items()
        for stack, place in _places(contents[identity], path)
    }


def _is_cluster_file(path: str) -> bool:
    return path.startswith(f"{FOLDER}/") and path.endswith(f"/{NAME}") and path.count("/") == 2


def _commit(place: Mapping[str, Value] | None) -> str | None:
    commit = (place or {}).get("commit")
    return commit if isinstance(commit, str) else None


def _places(content: bytes, path: str) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """Yield the stacks of a cluster file, which an earlier version of the tool may have taken."""
    try:
        stacks = read(content, name=path).value.get("stacks")
    except RefusedError:
        return
    for name, place in stacks.items() if isinstance(stacks, dict) else ():
        if isinstance(place, dict):
            yield name, place


@dataclass(frozen=True, kw_only=True)
class Commits:
    """A repository, the base of a plan in it, and what renders a commit of it."""

    git: Git
    base: str | None
    render: Callable[[str], BaseRendering]


def held(
    commits: Commits, asked: Sequence[Hold], bases: Mapping[str, Rendering], head: Declared
) -> Held:
    """Return what a plan compares of stacks of a base and a head, of which some are held.

    Raises:
        GitError: Git cannot read a commit.
    """
    known = {one.stack: one for one in asked}
    files = {one.stack: one.document.value for one in head.files}
    before, after = dict(bases), list[Rendering]()
    notes: dict[str, tuple[Note, ...]] = {}
    problems: list[Problem] = []
    for one in head.renderings:
        hold = known.get(one.stack)
        if hold is None:
            after.append(one)
            continue
        try:
            sides = _Sides(commits=commits, hold=hold, file=files[one.stack])
            old, new, notes[one.stack] = sides.compared(bases.get(one.stack), one)
        except _NotThereError as error:
            problems.append(hold.problem(error.cause, error.cure))
            continue
        after.append(new)
        before.pop(one.stack, None)
        before.update({one.stack: old} if old else {})
    return Held(
        bases=before,
        heads=tuple(after),
        commits={one.stack: one.new for one in asked},
        notes=notes,
        problems=tuple(problems),
    )


class _NotThereError(Exception):
    """A commit cannot be held, or not be shown; with its cause and its cure."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(f"{cause}; {cure}")
        self.cause, self.cure = cause, cure


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The two sides of one stack that is held before or after a change."""

    commits: Commits
    hold: Hold
    # The stack file here.
    file: Mapping[str, Value]

    @property
    def git(self) -> Git:
        return self.commits.git

    def compared(
        self, base: Rendering | None, head: Rendering
    ) -> tuple[Rendering | None, Rendering, tuple[Note, ...]]:
        hold = self.hold
        if hold.old == hold.new:
            return self._unmoved(head)
        new = self._at(hold.new) if hold.new else head
        before, unknown = base, ()
        if hold.old:
            try:
                before = self._at(hold.old)
            except _NotThereError as error:
                before, unknown = None, (self._unknown(hold.old, "everything is new", error),)
        notes = (self._moved(), *unknown, *self._astray(), *self._program(new))
        return before, new, notes

    def _unmoved(self, head: Rendering) -> tuple[Rendering, Rendering, tuple[Note, ...]]:
        commit = str(self.hold.new)
        text = f"{head.stack} is held at {commit[:_SHORT]}: this change does not reach it"
        said = Note(Kind.STACK_HELD, (head.stack, commit), text)
        try:
            there = self._at(commit)
        except _NotThereError as error:
            shown = self._unknown(commit, "what its file declares here is shown", error)
            return head, head, (said, shown)
        return there, there, (said, *self._astray())

    def _at(self, commit: str) -> Rendering:
        """Return the stack as a commit declares it, if the cluster can take it from there."""
        name, other = self.hold.stack, "hold another commit"
        if self.git.commit(commit) is None:
            raise _NotThereError("is not a commit here", self._fetch(commit))
        found = self.commits.render(commit)
        if found.failure:
            raise _NotThereError(f"cannot be rendered: {found.failure}", other)
        if name not in found.stacks:
            raise _NotThereError(f"has no Pulumi.{name}.yaml", other)
        paths = (one.path for one in self.git.tree(commit))
        rendered = found.stacks[name].delivery == Delivery.RENDERED
        if rendered and not any(path.startswith(self.hold.manifests) for path in paths):
            raise _NotThereError(f"has no {self.hold.manifests}, which the cluster applies", other)
        return found.stacks[name]

    def _fetch(self, commit: str) -> str:
        if self.git.is_shallow():
            return "`git fetch --unshallow`"
        return (
            f"`git fetch origin {commit}`; where that is refused, its branch was force-pushed: "
            f"hold a commit of {self.hold.branch}"
        )

    def _unknown(self, commit: str, shown: str, error: _NotThereError) -> Note:
        text = f"{commit[:_SHORT]}, where {self.hold.stack} is held, {error.cause}: {shown}"
        return Note(Kind.HOLD_UNKNOWN, (self.hold.stack, commit), text, error.cure)

    def _moved(self) -> Note:
        name, old, new = self.hold.stack, self.hold.old, self.hold.new
        if old is None:
            text = f"{name} is held at {str(new)[:_SHORT]} from now on: that commit is shown"
        elif new is None:
            text = f"{name} is no longer held at {old[:_SHORT]}: all that changed since is shown"
        else:
            older = ", which is older" if self.git.merge_base(old, new) == new else ""
            text = (
                f"{name} is held at {new[:_SHORT]}{older}, no longer at {old[:_SHORT]}: "
                "all that changes between the two is shown"
            )
        return Note(Kind.HOLD_MOVES, (name, *filter(None, (old, new))), text)

    def _astray(self) -> Iterator[Note]:
        """Yield that a commit is on no branch that keeps it, where the branch is known here."""
        new, branch = self.hold.new, self.hold.branch
        names = (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}")
        tip = next(filter(None, map(self.git.commit, names)), None)
        if new and tip and not self.git.is_shallow() and self.git.merge_base(new, tip) != new:
            text = f"{new[:_SHORT]} is not on branch {branch}, which may have been force-pushed"
            cure = f"hold a commit of {branch}: servers delete what no branch keeps"
            yield Note(Kind.HOLD_UNKNOWN, (self.hold.stack, new), text, cure)

    def _program(self, new: Rendering) -> Iterator[Note]:
        """Yield what the engine follows, and no object shows, between the two sides."""
        old = self.hold.old or self.commits.base
        if old is None or self.git.commit(old) is None:
            return
        name = f"Pulumi.{self.hold.stack}.yaml"
        changed = followed(self.git, old, self.hold.new)
        after = document(changed.news.get(name), name) if self.hold.new else self.file
        yield from followed_notes(changed, name, after, Delivery(new.delivery))
