"""`state unlock` and `state orphans`: what is left to do after an engine was killed."""

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from documents.files import declared_bytes
from documents.problem import Problem, RefusedError
from documents.reader import LARGEST_BYTES
from gitops.adapters.kubectl import Kubectl, KubectlError, command
from gitops.adapters.process import Finished, Run
from gitops.adapters.pulumi import State
from gitops.cli.terminal import busy, print_lines, say
from gitops.cluster.access import KEPT, LEAVABLE, plural
from gitops.cluster.file import engine_namespace
from gitops.cluster.locks import Lock, Place, Seen, hindrances, locks, running
from gitops.cluster.orphans import Difference, difference, namespaces
from gitops.planning.checkout import declared
from gitops.planning.project import FILE
from settings.config import PROJECT
from settings.file import read_stack_file
from settings.stack.delivery import Delivery
from settings.stack.stack import StackSettings

_CONTAINER = "pulumi"
_UPDATES, _STACKS = "updates.auto.pulumi.com", "stacks.pulumi.com"
# Which processes are engines; a shell is in every image. Where none can be listed, such as on
# macOS, that none is found says nothing.
_ENGINES = (
    "[ -d /proc/self ] || exit 1; "
    'for one in /proc/[0-9]*; do tr "\\0" " " <"$one/cmdline" 2>/dev/null | '
    'grep -q pulumi && echo "${one#/proc/}"; done; true'
)


@dataclass(frozen=True, kw_only=True)
class Tended:
    """A stack whose state is tended: its settings, its state, and the cluster it is in.

    `space` is the namespace of its `Stack`, and of the operator's pod and Updates.
    """

    root: Path
    stack: str
    settings: StackSettings
    space: str
    state: State
    kubectl: Kubectl
    run: Run

    @property
    def pod(self) -> str:
        """Return the name of the operator's workspace pod."""
        return _pod(self.stack)

    @property
    def home(self) -> str:
        """Return the namespace of that pod, as an option of kubectl."""
        return f"--namespace={self.space}"


def tended(root: Path, stack: str, kubectl: Kubectl, *, in_pod: bool) -> Tended:
    """Return a stack to tend; its engine is started here, or in the operator's pod.

    Raises:
        RefusedError: there is no such stack, Argo CD applies it, which keeps no state, or the file
            of its cluster is not valid.
    """
    file = read_stack_file(root, stack)
    if file.settings.delivery is not Delivery.OPERATOR:
        cause = f"is `{file.settings.delivery}`, so that no engine keeps a state of it"
        cure = "ask Argo CD" if file.settings.delivery is Delivery.RENDERED else "ask Compose"
        raise RefusedError([file.document.problem(("config", "localai:delivery"), cause, cure)])
    space = engine_namespace(root, file.settings)
    state = State(
        run=kubectl.run,
        folder=root,
        stack=f"organization/{PROJECT}/{stack}",
        project=declared_bytes(root, FILE, most=LARGEST_BYTES).decode(),
        inside=_inside(kubectl, space, stack) if in_pod else (),
    )
    return Tended(
        root=root, stack=stack, settings=file.settings, space=space, state=state, kubectl=kubectl,
        run=kubectl.run,
    )  # fmt: skip


def _pod(stack: str) -> str:
    return f"{stack}-workspace-0"


def _inside(kubectl: Kubectl, space: str, stack: str) -> tuple[str, ...]:
    """Return what starts a command in the operator's pod."""
    return (*command(kubectl.context, space), "exec", _pod(stack), "-c", _CONTAINER, "--")


def unlock(one: Tended, stopped: Sequence[str]) -> bool:
    """Take away the locks of a stack, and return whether there were any.

    Raises:
        RefusedError: an engine runs on the stack, or may.
        OutsideError: the backend or the cluster does not answer.
    """
    one.state.exported()
    found = locks(one.state.locked())
    if not found:
        print_lines([f"{one.stack}: no lock"])
        return False
    with busy("Looking for engines that run"):
        seen = _seen(one, found, stopped)
    if wrong := [_problem(one, *words) for words in hindrances(found, seen)]:
        raise RefusedError(wrong)
    one.state.unlock()
    print_lines(f"{one.stack}: unlocked; {lock} is gone" for lock in found)
    return True


def orphans(one: Tended, *, remove: bool) -> bool:
    """Print what only the state, or only the cluster, knows; return whether they agree.

    Raises:
        RefusedError: the stack is locked, so that an update may not have written down all yet.
        OutsideError: the backend or the cluster does not answer.
    """
    state = one.state.exported()
    if held := locks(one.state.locked()):
        cure = f"run `localai-gitops state unlock {one.stack}` first"
        raise RefusedError([_problem(one, f"is locked by {held[0]}", cure)])
    if names := _updates(one):
        cause = f"Update {names[0]} is not complete"
        raise RefusedError([_problem(one, cause, "wait until it is")])
    (whole,) = declared(one.root, [one.stack])
    wanted = [part.object for part in whole.parts if part.object]
    found = difference(state, _labeled(one, state, wanted), wanted)
    print_lines(_told(one, found))
    if not remove:
        return found.is_empty
    for orphan in found.orphans:
        one.kubectl.ask("delete", *orphan.words, "--ignore-not-found", "--wait=true")
        say(f"deleted {orphan}")
    return not (found.adoptable or found.missing or found.pending)


def _told(one: Tended, found: Difference) -> Iterable[str]:
    if found.is_empty:
        yield f"{one.stack}: the state and the cluster agree"
    for word, things, cure in (
        ("declared, but not in the state", found.adoptable, "the next update must take it over"),
        ("neither declared nor in the state", found.orphans, "--remove deletes it"),
        ("left behind on purpose", found.kept, "delete it by hand if nobody needs it"),
        (
            "in the state, but not in the cluster",
            found.missing,
            "`pulumi refresh` removes it from the state",
        ),
    ):
        yield from (f"{thing}: {word}; {cure}" for thing in things)
    cure = "`pulumi refresh --clear-pending-creates` clears it"
    yield from (f"{words}: was started and did not finish; {cure}" for words in found.pending)


def _labeled(one: Tended, state: dict[str, Any], wanted: list[Any]) -> list[Any]:
    places = {one.settings.namespace, *namespaces(state)}
    places |= {made["metadata"]["namespace"] for made in wanted}
    served = set(one.kubectl.ask("api-resources", "--verbs=list", "--output=name").decode().split())
    ours = {("", plural(KEPT)), ("argoproj.io", "applications"), *LEAVABLE}
    kinds = sorted(served & {f"{kind}.{group}".rstrip(".") for group, kind in ours})
    # The account of the engine has the other two, and no state: a cluster file makes it.
    labels = (
        f"--selector=app.kubernetes.io/name=localai,app.kubernetes.io/part-of=localai-{one.stack},"
        "app.kubernetes.io/managed-by=localai-gitops"
    )
    found: list[Any] = []
    for place in sorted(places):
        answer = one.kubectl.get(",".join(kinds), f"--namespace={place}", labels)
        found += answer.get("items", [])
    return found


def _seen(one: Tended, found: Sequence[Lock], stopped: Sequence[str]) -> Seen:
    """Look at the hosts that took a lock, but for those of which a person knows already."""
    places: dict[str, Place] = {}
    gone: set[str] = set()
    asked, here = {lock.host for lock in found} - {*stopped}, socket.gethostname()
    if here in asked and not (done := _looked(one, ())).code:
        places[here] = Place(engines=_engines(done))
    if one.pod in asked:
        pod = one.kubectl.get("pod", one.pod, one.home)
        if pod:
            since = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
            places[one.pod] = Place(engines=_in_pod(one), since=since)
        elif _has_stack(one):
            gone.add(one.pod)
        else:
            raise RefusedError([_unknown(one)])
    return Seen(places=places, gone=gone, updates=_updates(one), stopped=frozenset(stopped))


def _unknown(one: Tended) -> Problem:
    """Return that a pod is not there, and may be in another cluster."""
    cause = f"{one.pod} holds it, and neither that pod nor the Stack is in {one.space}"
    cure = f"name its cluster with --context, or add --stopped {one.pod} if it is gone for good"
    return _problem(one, cause, cure)


def _has_stack(one: Tended) -> bool:
    """Return whether this is the cluster whose operator runs the stack."""
    return _serves(one, _STACKS) and bool(one.kubectl.get(_STACKS, one.stack, one.home))


def _in_pod(one: Tended) -> frozenset[int]:
    done = _looked(one, _inside(one.kubectl, one.space, one.stack))
    if done.code:
        cure = f"see that the pod runs, or add --stopped {one.pod}"
        raise KubectlError(f"{one.pod} cannot be inspected: {done.errors.strip()}", cure)
    return _engines(done)


def _looked(one: Tended, inside: Sequence[str]) -> Finished:
    return one.run([*inside, "sh", "-c", _ENGINES], one.root, dict(os.environ))


def _engines(done: Finished) -> frozenset[int]:
    return frozenset(int(word) for word in done.output.split() if word.isdigit())


def _updates(one: Tended) -> tuple[str, ...]:
    if not _serves(one, _UPDATES):
        return ()
    return running(one.kubectl.get(_UPDATES, one.home).get("items", []), one.stack)


def _serves(one: Tended, kind: str) -> bool:
    group = kind.partition(".")[2]
    kinds = one.kubectl.ask("api-resources", f"--api-group={group}", "--output=name")
    return kind in kinds.decode().split()


def _problem(one: Tended, cause: str, cure: str) -> Problem:
    return Problem(stack=one.stack, path=(), cause=cause, cure=cure)
