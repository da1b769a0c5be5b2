"""What only one stack of a cluster may have: a namespace, an Application, an address."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from components.charts import ARGO_NAMESPACE, name_in
from documents.problem import KeyPath, Problem
from documents.rule import Rule
from settings.stack.rules.exposure import addresses
from settings.stack.stack import StackSettings


@dataclass(frozen=True, kw_only=True)
class Neighbors:
    """A stack and the others of a checkout, by name, in the order in which they own names."""

    settings: StackSettings
    others: Mapping[str, StackSettings]


Names = Iterable[tuple[KeyPath, str]]


def _namespaces(settings: StackSettings) -> Names:
    yield ("namespace",), settings.namespace


def _applications(settings: StackSettings) -> Names:
    return ((("charts", chart), name_in(settings.namespace, chart)) for chart in settings.charts)


def _owned(
    what: str, names: Callable[[StackSettings], Names]
) -> Callable[[Neighbors], Iterator[Problem]]:
    """Return the judge of one kind of name, which a stack may not share with another."""

    def judge(stack: Neighbors) -> Iterator[Problem]:
        owners: dict[str, str] = {}
        for other, settings in stack.others.items():
            if settings.cluster.name == stack.settings.cluster.name:
                for _, name in names(settings):
                    owners.setdefault(name, other)
        for path, name in names(stack.settings):
            if name in owners:
                cause = f"is the {what} of stack {owners[name]} too, on the same cluster"
                yield Problem(path=path, cause=cause)

    return judge


def _other_uids(stack: Neighbors) -> Iterator[Problem]:
    cluster = stack.settings.cluster
    for other, settings in stack.others.items():
        known = settings.cluster
        if known.name == cluster.name and known.uid and cluster.uid and known.uid != cluster.uid:
            cause = f"is not the UID that stack {other} has for {cluster.name}: '{known.uid}'"
            yield Problem(path=("cluster", "uid"), cause=cause)
            return


NEIGHBOR_RULES: tuple[Rule[Neighbors], ...] = (
    Rule(
        id="namespace-has-one-stack",
        key="namespace",
        sentence="A namespace of a cluster belongs to one stack.",
        cure="give each stack its own",
        judge=_owned("namespace", _namespaces),
    ),
    Rule(
        id="application-has-one-stack",
        key="charts.*",
        sentence="An Application of Argo CD belongs to one stack.",
        cure="rename the chart",
        judge=_owned(f"Application in namespace {ARGO_NAMESPACE}", _applications),
    ),
    Rule(
        id="address-has-one-stack",
        key="exposure.host",
        sentence="A host and path of a cluster leads to one stack.",
        cure="give each stack a host or a path of its own",
        judge=_owned("address", addresses),
    ),
    Rule(
        id="cluster-has-one-uid",
        key="cluster.uid",
        sentence="Stacks of one cluster are bound to one UID.",
        cure="write the same, or give one of the clusters another name",
        judge=_other_uids,
    ),
)
