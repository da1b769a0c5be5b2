"""Served models of stack files and versions of a registry: declared, compared, followed, kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from components.addons.served.pod import SERVED
from documents.files import declared_bytes
from documents.names import label
from documents.problem import Problem, RefusedError, refusal
from documents.reader import LARGEST_BYTES, read
from gitops.adapters.kubectl import Kubectl
from gitops.adapters.mlflow.registry import Mlflow
from gitops.cli.new_files import write_new
from gitops.cli.registry.connection import known, some
from gitops.cli.root import checkout
from gitops.promotion.rollback import declared_digests
from gitops.registry.declared import disagreements, entry, served, versions_declared
from gitops.registry.entries import KEY, with_entries
from gitops.registry.versions import Version, number
from settings.file import StackFile, read_stack_file, stack_file
from settings.served import ServedVersion

# What one entry of a stack has in common with the next one, in addition to its version.
_SHARED = ("image", "registry")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The command line of `registry declare`, as typed."""

    name: str
    version: str
    stack: str
    label: str
    image: str
    registry: Mapping[str, str]


def declare(wanted: Wanted, registry: Mlflow) -> Iterator[str]:
    """Write a version of a registry into a stack file, and yield what was done and comes next.

    Raises:
        RefusedError: the version is not whole, or the stack file would not be valid.
        RegistryError: the registry does not answer, or refuses.
    """
    root = checkout()
    file = read_stack_file(root, wanted.stack)
    name = wanted.label or wanted.name
    _refuse_no_label(name)
    found = number(wanted.version, some(registry, wanted.name))
    keys = entry(wanted.name, name, found, registry.files(wanted.name, found.number))
    content = declared_bytes(root, file.document.file, most=LARGEST_BYTES)
    more = _shared(file, name, wanted)
    text = with_entries(content, file.document.file, {name: {**keys, **more}})
    stack_file(wanted.stack, read(text, name=file.document.file))
    if text == content:
        yield f"{file.document.file} declares it already"
        return
    write_new(root, {file.document.file: text.decode()}, force=True)
    place = f"models:/{wanted.name}/{found.number}"
    yield f"wrote {file.document.file}: {name} is {keys['semver']}, {place}"
    release = ["release"] if file.release else []
    yield from (
        "next:",
        *(f"  localai-gitops {one} {wanted.stack}" for one in (*release, "preview")),
    )


def _refuse_no_label(name: str) -> None:
    try:
        label(name, longest=32)
    except ValueError:
        cure = "give another one with --label, such as digits"
        raise refusal(f"{name!r:.80}", "is no label, which names a Service", cure) from None


def _shared(file: StackFile, name: str, wanted: Wanted) -> dict[str, Any]:
    """Return what else a new entry needs: as given, or as another entry has it."""
    config = cast("dict[str, Any]", file.document.value.get("config") or {})
    served = cast("dict[str, dict[str, Any]]", config.get(KEY) or {})
    given: dict[str, Any] = {"image": wanted.image, "registry": dict(wanted.registry)}
    given = {key: one for key, one in given.items() if one}
    if name in served:
        return given
    other = next(iter(served.values()), dict[str, Any]())
    found = {**{key: other[key] for key in _SHARED if key in other}, **given}
    if "image" not in found:
        cause, cure = "is needed for the first served model of a stack", "give it with --image"
        raise refusal("--image", cause, cure)
    return found


@dataclass(frozen=True, kw_only=True)
class Row:
    """A served model of a stack next to the registry: what is wrong, and what its alias names."""

    stack: str
    label: str
    declared: ServedVersion
    found: Version | None
    wrong: tuple[str, ...]
    alias: int | None

    @property
    def uri(self) -> str:
        """Return the version that is declared."""
        return f"models:/{self.declared.model}/{self.declared.version}"

    @property
    def cells(self) -> tuple[str, ...]:
        """Return it as a line of a table."""
        one, metrics = self.declared, self.declared.metrics
        return (
            self.stack, self.label, self.uri, one.semver, metrics.get("accuracy", "-"),
            metrics.get("f1", "-"), str(self.alias or "-"),
            "differs" if self.wrong else "agrees",
        )  # fmt: skip

    @property
    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        one = self.declared
        return {
            "stack": self.stack, "served_model": self.label, "model": one.model,
            "version": one.version, "semver": one.semver, "metrics": dict(one.metrics),
            "alias": self.alias, "wrong": list(self.wrong),
        }  # fmt: skip

    def problem(self, file: StackFile) -> Problem:
        """Return the first thing that is wrong, at its entry."""
        cure = "declare a version that the registry has, or bring this one back from its backup"
        path = ("config", KEY, self.label)
        return file.document.problem(path, f"{self.uri} {self.wrong[0]}", cure)


def compared(file: StackFile, registry: Mlflow) -> tuple[Row, ...]:
    """Return the served models of a stack next to what the registry says of them."""
    cache: dict[str, tuple[Version, ...]] = {}
    rows: list[Row] = []
    for name, one in served(file).items():
        model = one.model or name
        if model not in cache:
            cache[model] = known(registry, model)
        found = next((each for each in cache[model] if each.number == one.version), None)
        files = registry.files(model, one.version) if found else dict[str, int]()
        alias = next((each.number for each in cache[model] if file.stack in each.aliases), None)
        rows.append(Row(stack=file.stack, label=name, declared=one, found=found,
                        wrong=tuple(disagreements(one, found, files)), alias=alias))  # fmt: skip
    return tuple(rows)


def follow(file: StackFile, registry: Mlflow, kubectl: Kubectl | None) -> Iterator[str]:
    """Have the aliases of a stack name what it serves, and yield each that moved.

    Nothing moves unless every version is as declared and, with a cluster, its pods serve it.

    Raises:
        RefusedError: one is not.
        RegistryError: the registry does not answer, or refuses.
    """
    rows = compared(file, registry)
    if wrong := [*_unfit(file, rows, kubectl)]:
        raise RefusedError(wrong)
    names = {one.declared.model for one in rows}
    stack = file.stack
    for one in rows:
        model, new = one.declared.model or one.label, one.declared.version
        if one.alias != new:
            registry.point(model, stack, new)
            yield f"{model}: {stack} names version {new}, after {one.alias or 'none'}"
    for other in registry.models():
        if stack in other.aliases and other.name not in names:
            registry.point(other.name, stack, None)
            yield f"{other.name}: {stack} names none, after version {other.aliases[stack]}"


def _unfit(file: StackFile, rows: Sequence[Row], kubectl: Kubectl | None) -> Iterator[Problem]:
    """Yield why aliases may not follow."""
    names = [one.declared.model for one in rows]
    for one in rows:
        if one.wrong:
            yield one.problem(file)
        elif names.count(one.declared.model) > 1:
            cause = f"serves two versions of {one.declared.model}, and an alias names one"
            cure = "serve one of them in another stack"
            yield file.document.problem(("config", KEY, one.label), cause, cure)
        elif kubectl:
            yield from _unserved(file, one, kubectl)


def _unserved(file: StackFile, row: Row, kubectl: Kubectl) -> Iterator[Problem]:
    """Yield why the pods of a served model do not serve what is declared, all of them."""
    where = ("--namespace", file.settings.namespace, "--selector", f"{SERVED}={row.label}")
    pods: list[dict[str, Any]] = kubectl.get("pods", *where).get("items", [])
    states = [(next(iter(declared_digests(one)), ""), _is_ready(one)) for one in pods]
    least = file.settings.served_models[row.label].replicas.min
    ready = sum(1 for digest, is_ready in states if is_ready and digest == row.declared.digest)
    others = sum(1 for digest, _ in states if digest != row.declared.digest)
    if ready < least or others:
        cause = f"is served by {ready} of {least} pods, and {others} pods serve another version"
        cure = f"wait for the rollout, then run `registry follow {file.stack}` again"
        yield file.document.problem(("config", KEY, row.label), f"{row.uri} {cause}", cure)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    if pod.get("metadata", {}).get("deletionTimestamp"):
        return False
    conditions: list[dict[str, Any]] = pod.get("status", {}).get("conditions", [])
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def delete(name: str, version: str, registry: Mlflow) -> int:
    """Delete a version that no alias names and no stack of this checkout declares.

    Raises:
        RefusedError: one does.
        RegistryError: the registry does not answer, or refuses.
    """
    found = number(version, some(registry, name))
    place = f"models:/{name}/{found.number}"
    declared, broken = versions_declared(checkout())
    if broken:
        raise RefusedError(broken)
    stacks = declared.get((name, found.number), ())
    if stacks:
        cause = f"is what {', '.join(stacks)} serves: a pod that starts would not find it"
        raise refusal(place, cause, "declare another version there first, and roll that out")
    if found.aliases:
        cause = f"is named by {', '.join(found.aliases)}, and would be lost with the alias"
        cure = f"`localai-gitops registry follow {found.aliases[0]}` once it serves another version"
        raise refusal(place, cause, cure)
    registry.delete(name, found.number)
    return found.number
