"""Another writer for a stack: the steps, and what must hold so that nothing is lost or restarts.

A stack that is frozen has no writer. It is frozen before the change of writers, and until the old
one is gone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from documents.problem import Problem
from documents.reader import Value
from gitops.adapters.git import Git
from gitops.cluster.file import FOLDER, NAME, Cluster
from gitops.cluster.held import places_at
from gitops.cluster.layout import engine_home
from gitops.planning.difference import differences
from gitops.planning.note import Kind, Note
from gitops.planning.plan import Plan, StackPlan
from gitops.planning.rendering.rendering import Rendering
from settings.config import PROJECT
from settings.file import StackFile, stack_file
from settings.stack.delivery import Delivery

_DELIVERY, _KEY, _CLAIMS = (f"{PROJECT}:{key}" for key in ("delivery", "apiKey", "claims"))
# What tells one of the two writers how to apply an object; the object is the same.
_TOLD = ("argocd.argoproj.io/", "pulumi.com/")


def switched(file: StackFile, to: Delivery, callers: str) -> StackFile:
    """Return a stack file with another delivery; `callers` is the Secret and key of its API key.

    Raises:
        RefusedError: the stack cannot be delivered so as it is.
    """
    value = dict(file.document.value)
    given = value.get("config")
    config: dict[str, Value] = dict(given) if isinstance(given, dict) else {}
    claims = config.get(_CLAIMS)
    kept: dict[str, Value] = dict(claims) if isinstance(claims, dict) else {}
    if to is Delivery.RENDERED:
        secret, _, key = callers.partition("/")
        config[_DELIVERY] = to.value
        config[_KEY] = _named_key(config.get(_KEY), secret, key)
        kept.pop("adopt", None)
    else:
        config.pop(_DELIVERY, None)
        kept["adopt"] = True
    config.pop(_CLAIMS, None)
    config.update({_CLAIMS: kept} if kept else {})
    other = stack_file(file.stack, replace(file.document, value={**value, "config": config}))
    return replace(other, release=file.release)


def _named_key(given: Value | None, secret: str, key: str) -> Value:
    """Return the setting of the API key: as it is where no engine generates it."""
    if isinstance(given, dict) and "generated" not in given:
        return given
    return {"secret": secret, "key": key}


def hazards(before: Rendering, after: Rendering) -> Iterator[str]:
    """Yield what another writer would not leave as it is: objects by name, and their fields."""
    olds, news = _objects(before), _objects(after)
    for name in [*olds, *(one for one in news if one not in olds)]:
        if name not in news:
            yield f"{name} would be left without a writer"
        elif name not in olds:
            yield f"{name} would be created"
        else:
            yield from (
                f"{name} would change: {one}" for one in differences(olds[name], news[name])
            )


def _objects(rendering: Rendering) -> dict[str, Any]:
    # A Secret that the engine generated stays in the namespace, where its name is found.
    return {
        f"{part.object['kind']} {part.object['metadata']['name']}": _untold(part.object)
        for part in rendering.parts
        if part.object and part.object["kind"] != "Secret"
    }


def _untold(one: Mapping[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = dict(one["metadata"])
    annotations: dict[str, str] = metadata.pop("annotations", None) or {}
    kept = {key: value for key, value in annotations.items() if not key.startswith(_TOLD)}
    return {**one, "metadata": {**metadata, "annotations": kept}}


# A cluster may have other kinds of the name `Stack`.
_STACKS = "stacks.pulumi.com"


def _owned(stack: str) -> str:
    return f"organization/{PROJECT}/{stack}"


# The number of the step that freezes a stack, and of the one that changes its files.
_FROZEN, _CHANGED = 1, 3


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A change of who applies one stack."""

    cluster: Cluster
    rendering: Rendering
    to: Delivery

    @property
    def steps(self) -> tuple[str, ...]:
        """Return what to do, in order; what the files show is marked as done."""
        place = self.cluster.settings.stacks[self.rendering.stack]
        changed = place.delivery is self.to
        texts = self._to_rendered() if self.to is Delivery.RENDERED else self._to_operator()
        # Up to the change of both files, then what is done by hand, then the end of the freeze.
        done = 3 if changed and place.frozen else 1 if place.frozen else 0
        done = len(texts) if changed and not place.frozen else done
        return tuple(
            f"{number}. {'(done) ' if number <= done else ''}{text}"
            for number, text in enumerate(texts, start=1)
        )

    def _to_rendered(self) -> tuple[str, ...]:
        name, namespace = self.rendering.stack, self._home
        keys = self.rendering.keys
        secret, _, key = (keys.callers if keys else "").partition("/")
        return (
            f"Set `frozen: true` under `stacks.{name}` in {self._file}, and {self._merge}.",
            f"Wait until the operator is at rest: `kubectl get {_STACKS} {name} -n {namespace} "
            "-o jsonpath='{.spec.preview} {.status.currentUpdate}'` prints `true` alone.",
            f"In one change, still frozen: `delivery: rendered` in {self._file}; in "
            f"Pulumi.{name}.yaml `{_DELIVERY}: rendered`, no `adopt` and, where the key is "
            f"generated, `{_KEY}: {{secret: {secret}, key: {key}}}`; no `workspace`, `state` and "
            "`token` where the operator has no other stack. See that the plan restarts no pod, "
            f"and {self._merge}. Keep the next two steps as they are here: without `workspace` and "
            "`state` no file says where the state and the `Stack` are.",
            *self._removed,
            f"Delete `frozen`, and {self._merge}. Argo CD applies the same objects.",
            f"See that the pods are those of before, by their age: {self._pods}.",
        )

    @property
    def _removed(self) -> tuple[str, str]:
        """Return how the state and the `Stack` are deleted, as far as the files say where."""
        name, stays = self.rendering.stack, "the objects stay"
        later = f"{stays}, and a later `pulumi destroy` finds nothing to delete."
        settings = self.cluster.settings
        if settings.stacks[name].delivery is self.to and settings.state is None:
            where = (
                f"{self._file} no longer says where: do what this step said before the change of "
                f"step {_CHANGED}, or run this command in a checkout of the commit before it"
            )
            return f"Drop the state; {where}: {later}", f"Delete the `Stack`; {where}: {stays}."
        return (
            f"`{self._forget}`: {later}",
            f"`kubectl delete {_STACKS} {name} -n {self._home}`: {stays}.",
        )

    @property
    def _forget(self) -> str:
        """Return what drops the state; where it is on a claim, in the pod that has it mounted."""
        name, state = self.rendering.stack, self.cluster.settings.state
        # Without the option it would delete the stack file of the checkout.
        words = f"pulumi stack rm --force --yes --preserve-config {_owned(name)}"
        if state and state.url:
            return f"PULUMI_BACKEND_URL={state.url} {words}"
        return f"{self._inside} {words}"

    @property
    def _inside(self) -> str:
        return f"kubectl exec {self.rendering.stack}-workspace-0 -n {self._home} -c pulumi --"

    def _to_operator(self) -> tuple[str, ...]:
        name, namespace = self.rendering.stack, self._home
        return (
            f"Set `frozen: true` under `stacks.{name}` in {self._file}, and {self._merge}.",
            f"Wait until Argo CD is at rest: `kubectl get applications.argoproj.io stack-{name} "
            "-n argocd -o jsonpath='{.spec.syncPolicy.automated} {.status.operationState.phase}'` "
            "prints `Succeeded` alone.",
            f"In one change, still frozen: `delivery: operator` in {self._file}, with `workspace` "
            f"and `state`, whose Secrets must be in {namespace}; in Pulumi.{name}.yaml no "
            f"`{_DELIVERY}`, the same `{_KEY}`, and "
            f"`{_CLAIMS}: {{adopt: true}}`. See that the plan restarts no pod, and {self._merge}. "
            "Argo CD drops the Application and leaves its objects.",
            f"`kubectl wait {_STACKS}/{name} -n {namespace} --for=condition=Ready --timeout=10m`, "
            f"and see that `{self._inside} pulumi preview --stack {_owned(name)}` replaces and "
            "deletes nothing: what it creates is there, and is taken over.",
            f"Delete `frozen`, and {self._merge}. The engine takes the objects over.",
            f"After one update that succeeds, delete `adopt` in Pulumi.{name}.yaml.",
            f"See that the pods are those of before, by their age: {self._pods}.",
        )

    @property
    def _home(self) -> str:
        """Return the namespace of the operator's `Stack`."""
        return engine_home(self.cluster.settings, self.rendering.namespace)

    @property
    def _merge(self) -> str:
        return f"merge that with what `localai-gitops cluster render {self.cluster.name}` writes"

    @property
    def _pods(self) -> str:
        return f"`kubectl get pods -n {self.rendering.namespace}`"

    @property
    def _file(self) -> str:
        return f"{FOLDER}/{self.cluster.name}/{NAME}"


def switch_problems(switch: Switch, after: Rendering, file: str) -> list[Problem]:
    """Return why the writer cannot be another one without a change of what runs."""
    cure = "make that change first, with the writer of now"
    return [
        Problem(file=file, path=(), cause=cause, cure=cure)
        for cause in hazards(switch.rendering, after)
    ]


def with_switches(plan: Plan, git: Git, base: str | None, clusters: Iterable[Cluster]) -> Plan:
    """Return the plan without the refusal of another writer where the stack has none: it is frozen.

    Raises:
        GitError: Git cannot read the base.
    """
    changing = any(_refusal(stack) for stack in plan.stacks)
    before = places_at(git, base) if base and changing else {}
    frozen = {
        stack
        for one in clusters
        for stack, place in one.settings.stacks.items()
        if place.frozen and before.get(stack, {}).get("frozen") is True
    }
    stacks = (_without_writer(one) if one.stack in frozen else one for one in plan.stacks)
    return replace(plan, stacks=tuple(stacks))


def _refusal(plan: StackPlan) -> Note | None:
    return next((one for one in plan.refusals if one.kind is Kind.DELIVERY_CHANGES), None)


def _without_writer(plan: StackPlan) -> StackPlan:
    refusal = _refusal(plan)
    if refusal is None or plan.head is None:
        return plan
    text = f"{refusal.text.partition(',')[0]} while the stack is frozen: nobody applies it"
    verb = f"`localai-gitops cluster switch {plan.stack} --to {plan.head.delivery}`"
    note = replace(refusal, text=text, cure=f"{verb} says what is next")
    return replace(
        plan,
        refusals=tuple(one for one in plan.refusals if one is not refusal),
        notes=(note, *plan.notes),
    )
