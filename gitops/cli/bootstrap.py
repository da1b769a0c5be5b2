"""`cluster bootstrap`: looks at a cluster, does what is still to do, and waits until it is done."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from components.charts import ARGO_NAMESPACE
from documents.files import declared_bytes
from documents.problem import Problem, RefusedError
from gitops.adapters.git import Git, GitError, remote_heads
from gitops.adapters.kubectl import MANAGER, Kubectl, KubectlError
from gitops.adapters.process import Run
from gitops.cli.secret_values import Values
from gitops.cli.terminal import busy, print_lines, say
from gitops.cluster.bootstrap import (
    CONTROLLER,
    Argo,
    Facts,
    Step,
    argo,
    established,
    lacking,
    problem,
    refusals,
    secrets,
    spaces,
    steps,
)
from gitops.cluster.layout import MANIFESTS, ClusterObjects
from gitops.cluster.manifests import read_objects, stale, unmerged
from gitops.cluster.progress import Awaited, State, awaited, states
from settings.cluster import Controller

_KEYS = '{{range $key, $value := .data}}{{$key}}{{"\\n"}}{{end}}'
_TYPE = "argocd.argoproj.io/secret-type"
_ADDRESSES = (
    '{{range .items}}{{if .data.url}}{{index .metadata.labels "' + _TYPE + '"}} '
    '{{.data.url | base64decode}}{{"\\n"}}{{end}}{{end}}'
)
_DEFINITIONS = ("crd", "applications.argoproj.io", "appprojects.argoproj.io")
# So long an error of Argo CD is taken for one that passes, such as that of a cache.
_PASSING, _PAUSE = 60.0, 2.0
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """One cluster to bootstrap: its objects, the checkout, kubectl, and a clock that can wait."""

    root: Path
    cluster: ClusterObjects
    kubectl: Kubectl
    run: Run
    seconds: float
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    done: list[str] = field(default_factory=list[str])

    def facts(self) -> Facts:
        """Return what is in the repository and in the cluster; nothing is changed.

        Raises:
            RefusedError: one of them cannot be read.
        """
        heads, is_open = self._repository()
        try:
            return self._cluster(heads, is_open=is_open)
        except KubectlError as error:
            raise self.stopped(error) from None

    def _repository(self) -> tuple[dict[str, str], bool]:
        url = self.cluster.settings.repository.url
        try:
            return remote_heads(self.run, self.root, url, anonymous=True), True
        except GitError:
            pass
        try:
            return remote_heads(self.run, self.root, url, anonymous=False), False
        except GitError as error:
            cause = f"cannot be read from here; Git says: {error.cause}"
            cure = "correct the address, or log in to it so that `git ls-remote` reads it"
            wrong = problem(self.cluster, ("repository", "url"), cause, cure)
            raise RefusedError([wrong]) from None

    def _cluster(self, heads: Mapping[str, str], *, is_open: bool) -> Facts:
        kubectl = self.kubectl
        listed = kubectl.get("namespaces")["items"]
        found = {one["metadata"]["name"]: one["metadata"] for one in listed}
        workloads = kubectl.get("statefulsets,deployments", "--all-namespaces",
            f"--selector=app.kubernetes.io/name={CONTROLLER}", "--show-managed-fields")  # fmt: skip
        there = argo(workloads, kubectl.get(*_DEFINITIONS), MANAGER)
        facts = Facts(
            heads=heads,
            is_open=is_open,
            uid=found["kube-system"]["uid"],
            argo=there,
            namespaces=found,
            known=self._addresses(),
            roots=self._roots(there),
            busy={name: one for name in spaces(self.cluster) if (one := self._busy(name, found))},
        )
        return replace(facts, secrets=self._secrets(facts))

    def _addresses(self) -> tuple[str, ...]:
        chosen = f"--selector={_TYPE} in (repository,repo-creds)"
        lines = self.kubectl.lines(_ADDRESSES, "secrets", f"--namespace={ARGO_NAMESPACE}", chosen)
        return tuple(one for one in lines if one)

    def _roots(self, there: Argo) -> tuple[str, ...]:
        if not there.has_kinds:
            return ()
        chosen = f"--selector=app.kubernetes.io/managed-by={MANAGER}"
        found = self.kubectl.get("applications", f"--namespace={ARGO_NAMESPACE}", chosen)
        path = f"/{MANIFESTS}"
        return tuple(
            one["metadata"]["name"]
            for one in found.get("items", ())
            if one["spec"].get("source", {}).get("path", "").endswith(path)
        )

    def _busy(self, name: str, found: Mapping[str, Any]) -> str:
        if name not in found:
            return ""
        kinds = "deployments,statefulsets,daemonsets,cronjobs"
        chosen = f"--selector=app.kubernetes.io/managed-by!={MANAGER}"
        lines = self.kubectl.ask("get", kinds, f"--namespace={name}", chosen, "--output=name")
        return ", ".join(lines.decode().split()[:3])

    def _secrets(self, facts: Facts) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for one in secrets(self.cluster, facts):
            if one.namespace in facts.namespaces:
                place = ("secret", one.name, f"--namespace={one.namespace}")
                keys = frozenset(filter(None, self.kubectl.lines(_KEYS, *place)))
                found |= {one.place: keys} if keys else {}
        return found

    def unmerged(self, facts: Facts) -> Iterator[Problem]:
        """Yield that the branch does not hold the manifests of this checkout, if so."""
        head = facts.heads.get(self.cluster.settings.repository.branch)
        for cause, cure in unmerged(Git(folder=self.root, run=self.run), head, self.cluster):
            yield problem(self.cluster, ("repository", "branch"), cause, cure)

    def do(self, step: Step, values: Values) -> None:
        """Do one step; one that was done before changes nothing.

        Raises:
            RefusedError: the cluster refuses or does not answer.
        """
        say(step.words)
        try:
            if step.objects:
                self.kubectl.apply(step.objects, "--force-conflicts")
            for one in step.secrets:
                self.kubectl.apply([one.manifest(values.known[one.place])], "--force-conflicts")
            for one in step.incomplete:
                place = ("secret", one.name, f"--namespace={one.namespace}")
                self.kubectl.merge(one.addition(values.known[one.place]), *place)
            if step.argo:
                self._install()
        except KubectlError as error:
            hidden = KubectlError(values.hidden(error.cause), error.cure)
            raise self.stopped(hidden) from None
        self.done.append(step.words)

    def _install(self) -> None:
        given = self.cluster.settings.argo_cd
        if given is None:
            return
        content = declared_bytes(self.root, given.manifests, most=_LARGEST)
        words = ("--server-side", f"--field-manager={MANAGER}", "--force-conflicts")
        space = f"--namespace={ARGO_NAMESPACE}"
        self.kubectl.ask("apply", space, *words, "--filename=-", given=content)
        self._wait_for_kinds()
        kinds, label = "deployments,statefulsets", "app.kubernetes.io/part-of=argocd"
        names = self.kubectl.ask("get", kinds, space, "--output=name", f"--selector={label}")
        for name in names.decode().split():
            say(f"waiting for {name}")
            self.kubectl.ask("rollout", "status", name, space, f"--timeout={int(self.seconds)}s")

    def _states(self, wanted: Iterable[Awaited], asked: set[str]) -> list[State]:
        """Return how every Application is; ask for one more sync of what Argo CD has given up."""
        found = states(wanted, self.kubectl.get("applications", f"--namespace={ARGO_NAMESPACE}"))
        for one in found:
            if one.again and one.turn not in asked:
                asked.add(one.turn)
                say(f"{one.name}: asking for one more sync")
                space = f"--namespace={ARGO_NAMESPACE}"
                self.kubectl.merge(one.again, "application", one.name, space)
        return found

    def _wait_for_kinds(self) -> None:
        """Return once its kinds are served; `kubectl wait` fails on one without a status."""
        start = self.clock()
        while not all(map(established, self.kubectl.get(*_DEFINITIONS).get("items", ()))):
            if self.clock() - start > _PASSING:
                raise KubectlError("Argo CD's kinds are not served", "run this again")
            self.pause(_PAUSE)

    def stopped(self, error: KubectlError) -> RefusedError:
        """Return what to say when the cluster refuses, or does not answer any more."""
        after = f" after: {self.done[-1]}" if self.done else ""
        if error.is_unreachable:
            cause = f"the cluster does not answer{after}; kubectl says: {error.cause}"
            cure = "run this again when it does: what was done stays, and is not done twice"
        else:
            cause = f"the cluster refuses{after}; kubectl says: {error.cause}"
            cure = "correct that, and run this again; what was done stays"
        return RefusedError([problem(self.cluster, (), cause, cure)])

    def wait(self, heads: Mapping[str, str]) -> list[State]:
        """Return how every Application is, once all are done, one is stuck, or time is up.

        Raises:
            RefusedError: the cluster does not answer any more.
        """
        wanted = awaited(self.cluster, heads)
        start, answered, fine = (self.clock(),) * 3
        told: dict[str, str] = {}
        asked: set[str] = set()
        while True:
            now = self.clock()
            try:
                found = self._states(wanted, asked)
                answered = now
            except KubectlError as error:
                if now - answered > _PASSING or not error.is_unreachable:
                    raise self.stopped(error) from None
                self.pause(_PAUSE)
                continue
            told = _tell(found, told)
            fine = fine if any(one.is_stuck for one in found) else now
            if all(one.is_done for one in found):
                return found
            if now - fine > _PASSING or now - start > self.seconds:
                return found
            self.pause(_PAUSE)


def _tell(found: list[State], told: Mapping[str, str]) -> dict[str, str]:
    """Say what is new."""
    for one in found:
        if told.get(one.name) != one.line():
            say(one.line())
    return {one.name: one.line() for one in found}


def read(root: Path, name: str) -> ClusterObjects:
    """Return what one cluster pulls.

    Raises:
        RefusedError: it is not valid, its manifests are stale, or a file it names is not there.
    """
    found = read_objects(root, name)
    if found.settings.controller is not Controller.ARGO:
        cause, cure = "is 'flux', and this begins with Argo CD", "begin as docs/clusters.md says"
        raise RefusedError([problem(found, ("controller",), cause, cure)])
    wrong = list(stale(root, found))
    given = found.settings.argo_cd
    if given and not (root / given.manifests).is_file():
        cause, cure = f"is '{given.manifests}', which is not there", "add the file of the release"
        wrong.append(problem(found, ("argoCd", "manifests"), cause, cure))
    if wrong:
        raise RefusedError(wrong)
    return found


def bootstrap(one: Bootstrap, values: Values, *, dry_run: bool) -> bool:
    """Do what is to do, and return whether everything is pulled and well.

    Raises:
        RefusedError: something must be corrected first.
    """
    with busy("looking at the repository and the cluster"):
        facts = one.facts()
        wrong = [*refusals(one.cluster, facts), *one.unmerged(facts)]
    missing = lacking(one.cluster, facts)
    planned = list(steps(one.cluster, facts))
    if dry_run:
        print_lines(f"would {step.words}" for step in planned)
    wrong += values.fill(one.cluster, missing, facts.secrets, ask=not (dry_run or wrong))
    if wrong:
        raise RefusedError(wrong)
    if dry_run:
        return True
    for step in planned:
        one.do(step, values)
    return _end(one.wait(facts.heads))


def _end(found: list[State]) -> bool:
    print_lines(one.line() for one in found)
    wrong = [one for one in found if not one.is_done]
    for state in wrong:
        say(f"{state.name} is not done; {state.cure}")
    if wrong:
        say("run this again to go on waiting; what was done stays")
    return not wrong
