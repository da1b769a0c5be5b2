"""What the keys of a cluster file may not say together."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from components.charts import ARGO_NAMESPACE
from documents.problem import KeyPath, Problem
from documents.rule import Rule
from gitops.cluster.argo import NOTIFICATIONS_SECRET
from gitops.validation.rules.delivery import SHARED
from settings.cluster import ClusterFile, Controller
from settings.stack.delivery import Delivery


def operated(cluster: ClusterFile) -> tuple[str, ...]:
    """Return the stacks that the operator applies."""
    return tuple(name for name, one in cluster.stacks.items() if one.delivery is Delivery.OPERATOR)


def _two_places(cluster: ClusterFile) -> Iterator[Problem]:
    for name, place in cluster.stacks.items():
        if place.branch and place.commit:
            cause = "follows a branch and stays at a commit"
            yield Problem(path=("stacks", name, "commit"), cause=cause)


def _without_operator(cluster: ClusterFile) -> Iterator[Problem]:
    names = operated(cluster)
    given = {"workspace": cluster.workspace, "state": cluster.state}
    for key, value in given.items():
        if names and value is None:
            cause = f"is missing, but stack {names[0]} is applied by the operator"
            yield Problem(path=(key,), cause=cause)
        if value is not None and not names:
            cause, cure = "is read by no stack: none is applied by the operator", "delete it"
            yield Problem(path=(key,), cause=cause, cure=cure)


def _state(cluster: ClusterFile) -> Iterator[Problem]:
    state = cluster.state
    if state is None:
        return
    for one, other in (("url", "claim"), ("passphrase", "provider")):
        both = [getattr(state, key) for key in (one, other)]
        if all(both) or not any(both):
            cause = f"gives {'both' if all(both) else 'neither'} of `{one}` and `{other}`"
            yield Problem(cause=cause)


def _ssh(cluster: ClusterFile) -> Iterator[Problem]:
    names = operated(cluster) if cluster.controller is Controller.ARGO else ()
    if names and cluster.repository.url.startswith("ssh:"):
        cause = f"uses ssh, but the operator, which applies stack {names[0]}, is given no key"
        yield Problem(cause=cause)


def _token(cluster: ClusterFile) -> Iterator[Problem]:
    token = cluster.repository.token
    if token is None:
        return
    if cluster.repository.url.startswith("ssh:"):
        # Flux and the operator are told to read over https, where it is needed.
        if cluster.controller is Controller.ARGO and not operated(cluster):
            yield Problem(cause="is for https, but the address uses ssh")
    elif cluster.controller is Controller.FLUX:
        if token.key not in _FLUX_KEYS:
            cause = f"has the key '{token.key}', which Flux does not read"
            path = ("repository", "token", "key")
            yield Problem(path=path, cause=cause, cure=f"use {' or '.join(_FLUX_KEYS)}")
    elif not operated(cluster):
        yield Problem(cause="is read by no stack: none is applied by the operator")


# Of a Secret: the password, whose user name is under `username`, or a token without one.
_FLUX_KEYS = ("bearerToken", "password")


def _elsewhere(cluster: ClusterFile) -> Iterator[Problem]:
    for name, place in cluster.stacks.items():
        if place.delivery is Delivery.COMPOSE:
            cause = "is 'compose', which is for one server without a cluster"
            yield Problem(path=("stacks", name, "delivery"), cause=cause)


def _flux(cluster: ClusterFile) -> Iterator[Problem]:
    if cluster.controller is not Controller.FLUX:
        return
    for key in ("charts", "windows", "approvers", "notifications"):
        if getattr(cluster, key):
            yield Problem(path=(key,), cause="is for Argo CD, but Flux pulls", cure="delete it")
    for name in operated(cluster):
        cause = "is 'operator', but Flux applies rendered stacks only"
        yield Problem(path=("stacks", name, "delivery"), cause=cause, cure="use `rendered`")
    if cluster.repository.url.startswith("ssh:"):
        cause, cure = "uses ssh, but Flux is given no key", "use an https address"
        yield Problem(path=("repository", "url"), cause=cause, cure=cure)


def _notifications(cluster: ClusterFile) -> Iterator[Problem]:
    told = cluster.notifications
    if told is None:
        return
    given = {"slack": told.slack, "webhook": told.webhook}
    named = {name: one for name, one in given.items() if one}
    if len(named) != 1:
        cause = f"gives {'both' if named else 'neither'} of `slack` and `webhook`"
        yield Problem(cause=cause, cure="give exactly one of the two")
    for name, one in named.items():
        if one.secret != NOTIFICATIONS_SECRET:
            cause = f"is '{one.secret}', which Argo CD does not read for notifications"
            path = ("notifications", name, "secret")
            yield Problem(path=path, cause=cause, cure=f"use {NOTIFICATIONS_SECRET}")


def _after(cluster: ClusterFile) -> Iterator[Problem]:
    """Yield what cannot be waited for: the operator finds a Stack next to another one only."""
    known = operated(cluster)
    for name, place in cluster.stacks.items():
        path = ("stacks", name, "after")
        if not place.after:
            continue
        if place.delivery is not Delivery.OPERATOR:
            cause = "is read by the operator, and this stack is rendered"
            yield Problem(path=path, cause=cause, cure="delete it")
        elif not (cluster.workspace and cluster.workspace.namespace):
            cause = "is set, but every stack has its `Stack` in another namespace"
            yield Problem(path=path, cause=cause, cure="set `workspace.namespace`")
        for index, other in enumerate(place.after):
            if other not in known:
                why = "which is rendered" if other in cluster.stacks else "not one of this cluster"
                cure = f"use one of: {', '.join(known)}" if known else "delete it"
                cause = f"is '{other}', {why}"
                yield Problem(path=(*path, index), cause=cause, cure=cure)
    if circle := _circle(cluster):
        cause = f"waits for itself: {' -> '.join(circle)}"
        yield Problem(path=("stacks", circle[0], "after"), cause=cause, cure="delete one of these")


def _circle(cluster: ClusterFile) -> tuple[str, ...]:
    """Return stacks that wait for each other, the first again at the end; nothing if none do."""
    after = {name: place.after for name, place in cluster.stacks.items()}
    try:
        tuple(TopologicalSorter(after).static_order())
    except CycleError as error:
        # It says them from the one that is waited for.
        return tuple(reversed(error.args[1]))
    return ()


def _foreign_namespace(cluster: ClusterFile) -> Iterator[Problem]:
    given: dict[KeyPath, str] = {
        ("charts", name, "namespace"): chart.namespace for name, chart in cluster.charts.items()
    }
    shared = cluster.workspace and cluster.workspace.namespace
    for path, namespace in given.items():
        if namespace == shared:
            # The Namespace of a chart would take the labels of Pod Security off theirs.
            yield Problem(
                path=path, cause=f"is '{namespace}', the namespace of the operator's pods"
            )
    if shared:
        given["workspace", "namespace"] = shared
    for path, namespace in given.items():
        if namespace in (*SHARED, ARGO_NAMESPACE):
            yield Problem(path=path, cause=f"is '{namespace}', which others use")


CLUSTER_RULES: tuple[Rule[ClusterFile], ...] = (
    Rule(
        id="branch-or-commit",
        key="stacks.*.commit",
        sentence="A stack follows a branch or stays at a commit.",
        cure="delete one of the two",
        judge=_two_places,
    ),
    Rule(
        id="operator-has-workspace-and-state",
        key="workspace",
        sentence="A cluster file has `workspace` and `state` where the operator applies a stack.",
        cure="add it",
        judge=_without_operator,
    ),
    Rule(
        id="state-has-one-place",
        key="state",
        sentence="State has one place and one encryption.",
        cure="give exactly one of the two",
        judge=_state,
    ),
    Rule(
        id="operator-reads-over-https",
        key="repository.url",
        sentence="The operator reads the repository over https.",
        cure="use an https address",
        judge=_ssh,
    ),
    Rule(
        id="token-is-read",
        key="repository.token",
        sentence="A token is for the operator, over https.",
        cure="delete it",
        judge=_token,
    ),
    Rule(
        id="flux-applies-rendered-stacks",
        key="controller",
        sentence="With Flux, stacks are rendered, read over https, and Argo CD is told nothing.",
        cure="use `controller: argo`",
        judge=_flux,
    ),
    Rule(
        id="cluster-applies-its-stacks",
        key="stacks.*.delivery",
        sentence="A cluster file lists stacks that the cluster applies, and none of one server.",
        cure="delete that stack from this file",
        judge=_elsewhere,
    ),
    Rule(
        id="prerequisites-can-be-met",
        key="stacks.*.after",
        sentence="A stack waits for `operator` stacks next to it, and none for itself.",
        cure="delete it",
        judge=_after,
    ),
    Rule(
        id="notifications-have-one-address",
        key="notifications",
        sentence="Notifications go to one address, which is in the Secret that Argo CD reads.",
        cure="give exactly one of the two",
        judge=_notifications,
    ),
    Rule(
        id="chart-has-its-namespace",
        key="charts.*.namespace",
        sentence="A chart of the cluster, and the operator's pods, have a namespace of their own.",
        cure="give it one of its own",
        judge=_foreign_namespace,
    ),
)
