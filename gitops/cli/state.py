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
from gitops.adapters.kubectl import Kubectl, KubectlError
from gitops.adapters.process import Run
from gitops.adapters.pulumi import State
from gitops.cli.terminal import busy, print_lines, say
from gitops.cluster.access import KEPT, LEAVABLE, plural
from gitops.cluster.locks import Lock, Place, Seen, hindrances, locks, running
from gitops.cluster.orphans import Difference, difference, namespaces
from gitops.planning.checkout import declared
from gitops.planning.project import FILE
from settings.config import PROJECT
from settings.file import read_stack_file
from settings.stack.delivery import Delivery
from settings.stack.stack import StackSettings

_CONTAINER = "pulumi"
_UPDATES = "updates.auto.pulumi.com"
# Which processes are engines; a shell is in every image.
_ENGINES = 'for one in /proc/[0-9]*; do tr "\\0" " " <"$one/cmdline" 2>/dev/null | ' \
    'grep -q pulumi && echo "${one#/proc/}"; done; true'  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tended:
    """A stack whose state is tended: its settings, its state, and the cluster it is in."""

    root: Path
    stack: str
    settings: StackSettings
    state: State
    kubectl: Kubectl
    run: Run

    @property
    def pod(self) -> str:
        """Return the name of the operator's workspace pod."""
        return f"{self.stack}-workspace-0"

    @property
    def home(self) -> str:
        """Return the namespace, as an option of kubectl."""
        return f"--namespace={self.settings.namespace}"


def tended(root: Path, stack: str, kubectl: Kubectl, *, in_pod: bool) -> Tended:
    """Return a stack to tend; its engine is started here, or in the operator's pod.

    Raises:
        RefusedError: there is no such stack, or Argo CD applies it, which keeps no state.
    """
    file = read_stack_file(root, stack)
    if file.settings.delivery is not Delivery.OPERATOR:
        cause = f"is `{file.settings.delivery}`, so that no engine keeps a state of it"
        cure = "ask Argo CD" if file.settings.delivery is Delivery.RENDERED else "ask Compose"
        raise RefusedError([file.document.problem(("config", "localai:delivery"), cause, cure)])
    where = ["--context", kubectl.context] if kubectl.context else []
    home = ["--namespace", file.settings.namespace]
    pod = ["kubectl", *where, *home, "exec", f"{stack}-workspace-0", "-c", _CONTAINER, "--"]
    state = State(
        run=kubectl.run,
        folder=root,
        stack=f"organization/{PROJECT}/{stack}",
        project=declared_bytes(root, FILE, most=LARGEST_BYTES).decode(),
        inside=tuple(pod) if in_pod else (),
    )
    return Tended(
        root=root, stack=stack, settings=file.settings, state=state, kubectl=kubectl,
        run=kubectl.run,
    )  # fmt: skip


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
        ("left behind with its data", found.kept, "delete it by hand if nobody needs it"),
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
    places = {socket.gethostname(): Place(engines=_engines(one, []))}
    gone: set[str] = set()
    if one.pod in {lock.host for lock in found}:
        pod = one.kubectl.get("pod", one.pod, one.home)
        if pod:
            since = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
            places[one.pod] = Place(engines=_engines(one, _exec(one)), since=since)
        else:
            gone.add(one.pod)
    return Seen(places=places, gone=gone, updates=_updates(one), stopped=frozenset(stopped))


def _exec(one: Tended) -> list[str]:
    where = ["--context", one.kubectl.context] if one.kubectl.context else []
    return ["kubectl", *where, one.home, "exec", one.pod, "-c", _CONTAINER, "--"]


def _engines(one: Tended, inside: list[str]) -> frozenset[int]:
    done = one.run([*inside, "sh", "-c", _ENGINES], one.root, dict(os.environ))
    if done.code:
        cure = "see that the pod runs, or add --stopped with its name"
        raise KubectlError(f"{one.pod} cannot be inspected: {done.errors.strip()}", cure)
    return frozenset(int(word) for word in done.output.split() if word.isdigit())


def _updates(one: Tended) -> tuple[str, ...]:
    kinds = one.kubectl.ask("api-resources", "--api-group=auto.pulumi.com", "--output=name")
    if _UPDATES not in kinds.decode().split():
        return ()
    return running(one.kubectl.get(_UPDATES, one.home).get("items", []), one.stack)


def _problem(one: Tended, cause: str, cure: str) -> Problem:
    return Problem(stack=one.stack, path=(), cause=cause, cure=cure)
