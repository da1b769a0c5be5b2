"""Running a line of the provider's contract, `sandbox/plugins/contract.yaml`, against a plugin."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import pytest
import yaml

import sandbox.plugins
from sandbox.plugins.properties import UNKNOWN, Properties
from tests.e2e.contract import objects as o
from tests.e2e.contract.client import CallError, Difference, Kept, Plugin, urn

FILE = Path(sandbox.plugins.__file__).with_name("contract.yaml")
DRY = "preview "


class Hands(Protocol):
    """Other hands on the cluster than the plugin's."""

    def kubectl(self, *words: str) -> str:
        """Run one command in the namespace of the tests."""
        ...

    def apply(self, manifest: Properties) -> None:
        """Write an object."""
        ...

    def get(self, manifest: Properties) -> Properties | None:
        """Return the live object, or None."""
        ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a call gave: its answer or its error, and how long it took."""

    answer: Any = None
    error: CallError | None = None
    seconds: float = 0


@dataclass(kw_only=True)
class Run:
    """A line on its way: the plugin, and what the engine would keep so far."""

    plugin: Plugin
    name: str
    hands: Hands | None = None
    kept: Kept | None = None
    manifest: Properties = field(default_factory=dict[str, Any])

    def known(self) -> Kept:
        """Return what is kept."""
        assert self.kept
        return self.kept

    def given(self, step: Properties) -> None:
        """Take one step before the call; only `create fails` may fail."""
        (verb, what), *options = filled(step, self.name).items()
        if verb == "create fails":
            outcome = self.outcome("create", what, dict(options))
            assert outcome.error
            assert outcome.error.detail
            self.kept = Kept.of(outcome.error.detail, self.manifest)
            return
        answer = self.done(verb, what, dict(options))
        self.kept = answer if isinstance(answer, Kept) and not verb.startswith(DRY) else self.kept

    def call(self, step: Properties) -> Outcome:
        """Make the call that a line is about."""
        (verb, what), *options = filled(step, self.name).items()
        return self.outcome(verb, what, dict(options))

    def outcome(self, verb: str, what: Any, options: Properties) -> Outcome:
        """Make one call, whatever comes of it."""
        began = time.monotonic()
        try:
            answer = self.done(verb, what, options)
        except CallError as error:
            return Outcome(error=error, seconds=time.monotonic() - began)
        return Outcome(answer=answer, seconds=time.monotonic() - began)

    def done(self, verb: str, what: Any, options: Properties) -> Any:
        """Make one call, or change the cluster by other hands."""
        if verb.startswith("kubectl"):
            assert self.hands
            return (
                self.hands.apply(built(what, self.name))
                if verb == "kubectl apply"
                else self.hands.kubectl(*what.split())
            )
        self.manifest = built(what, self.name) if what else self.manifest
        return self._called(verb.removeprefix(DRY), options, preview=verb.startswith(DRY))

    def _called(self, verb: str, options: Properties, *, preview: bool) -> Any:
        plugin, thing = self.plugin, self.manifest
        match verb:
            case "check":
                return plugin.check(thing)
            case "declared":
                return plugin.create(thing, preview=True) if self.hands else plugin.declared(thing)
            case "create":
                return plugin.create(thing, preview=preview, **options)
            case "update":
                return plugin.update(self.known(), thing, preview=preview, **options)
            case "diff":
                ignored = tuple(options.get("ignore", ()))
                return plugin.diff(self.known(), thing, ignore=ignored)
            case "read":
                return plugin.read(self.known())
            case "import":
                place = f"{o.NAMESPACE}/{self.name}"
                return plugin.read(Kept(identity=place, urn=urn(thing), inputs={}, state={}))
            case _:
                assert verb == "delete"
                return plugin.delete(self.known())


def lines(needs: tuple[str, ...]) -> list[Any]:
    """Return the lines of a contract as parameters of a test."""
    loaded = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [pytest.param(line, id=line["line"]) for line in loaded if line["needs"] in needs]


def filled(value: Any, name: str) -> Any:
    """Return a value with the line's name in every text."""
    match value:
        case str():
            return value.replace("{name}", name)
        case dict():
            found = cast("Properties", value)
            return {key: filled(item, name) for key, item in found.items()}
        case list():
            return [filled(item, name) for item in cast("list[Any]", value)]
        case _:
            return value


def built(what: Properties, name: str) -> Properties:
    """Return the object of a step: the first key is its kind, the others change it."""
    (kind, arguments), *options = what.items()
    changes = dict(options)
    thing = getattr(o, kind)(changes.pop("named", name), **arguments)
    if "annotations" in changes:
        thing = o.annotated(thing, **changes.pop("annotations"))
    for path, value in changes.pop("set", {}).items():
        thing = o.changed(thing, path, value)
    if "unknown" in changes:
        thing = o.changed(thing, changes.pop("unknown"), UNKNOWN)
    assert not changes, f"no such change of an object: {changes}"
    return thing


def difference(outcome: Outcome) -> Difference:
    """Return the answer of a diff."""
    assert isinstance(outcome.answer, Difference), outcome
    return outcome.answer
