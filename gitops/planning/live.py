"""Where the engine, looking at the cluster, would do something else than the plan says."""

from collections.abc import Iterable, Iterator

from gitops.adapters.pulumi import LiveStep
from gitops.planning.note import Kind, Note
from gitops.planning.plan import StackPlan

_COMPONENTS = ("localai:components:", "pulumi:pulumi:Stack")


def live_differences(plan: StackPlan, steps: Iterable[LiveStep]) -> Iterator[Note]:
    """Yield, in words, each step that only one of the two has; none on an undrifted cluster."""
    planned = {urn: operation for item in plan.objects for urn, operation in item.steps}
    fields = {item.urn: [field.path for field in item.fields] for item in plan.objects}
    live = {step.urn: step for step in steps if _is_object(step.urn) and step.op in _OPS}
    for urn, step in live.items():
        if planned.get(urn) != _OPS[step.op]:
            yield _unplanned(step, planned.get(urn))
        elif step.op == "update":
            yield from _drifted(step, fields.get(urn, []))
    for urn, word in planned.items():
        if urn not in live:
            text = f"{_name(urn)}: the plan has {word}, but the cluster is like that already"
            yield Note(Kind.NOT_NEEDED, (_name(urn),), text)


_OPS = {"create": "create", "update": "update", "replace": "replace", "delete": "delete"}


def _drifted(step: LiveStep, planned: list[str]) -> Iterator[Note]:
    """Yield what an update changes beyond what the change declares: the cluster has drifted."""
    found = [path for path in step.fields if not any(_overlap(path, one) for one in planned)]
    if found:
        yield Note(
            Kind.DRIFT,
            (_name(step.urn),),
            f"{_name(step.urn)}: the update also reverts {', '.join(found[:5])}; the cluster has "
            "drifted from the base",
        )


def _overlap(one: str, other: str) -> bool:
    """Return whether two paths lead to the same field, or one through the other."""
    shorter, longer = sorted((one, other), key=len)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def _unplanned(step: LiveStep, planned: str | None) -> Note:
    name = _name(step.urn)
    fields = f" ({', '.join(step.fields[:5])})" if step.fields else ""
    if planned:
        text = f"{name}: the plan has {planned}, the engine {step.op}{fields}"
        return Note(Kind.OTHER_OPERATION, (name,), text)
    if step.op == "create":
        text = f"{name}: create; it is missing in the cluster, or was never applied"
        return Note(Kind.NOT_APPLIED, (name,), text)
    text = f"{name}: {step.op}{fields}; the cluster has drifted from the base"
    return Note(Kind.DRIFT, (name,), text)


def _is_object(urn: str) -> bool:
    return not _type(urn).startswith(_COMPONENTS)


def _type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _name(urn: str) -> str:
    return f"{_type(urn).rsplit(':', 1)[-1]} {urn.rsplit('::', 1)[-1]}"
