"""What the engine is asked for, as the parts of a stack predict it and as a run shows it."""

import json
from collections.abc import Iterator
from typing import Any

from components.engine.component import TOKEN
from components.engine.declaration import urns
from components.parts.part import Part
from tests.engine import GENERATED, PROJECT
from tests.registration import Run, Secret


def expected(parts: tuple[Part, ...], name: str) -> dict[str, dict[str, Any]]:
    """Return by URN what the engine is asked for, where the mock's and the parts' words differ.

    The SDK sends a dependency on a component as the custom resources below it, without the
    component itself, and a provider's inputs as JSON text.
    """
    addresses = urns(parts, project=PROJECT, stack=name)
    return {
        addresses[part.name]: {
            "type": part.token,
            "parent": part.parent or "",
            "custom": not part.token.startswith("localai:components:"),
            "inputs": _inputs(part),
            "dependencies": {addresses[other] for other in _dependencies(part, parts)},
            "retain": part.options.retain,
            "timeouts": _timeouts(part),
            "provider": addresses["cluster"] if part.manifest is not None else "",
        }
        for part in parts
    }


def _inputs(part: Part) -> dict[str, Any]:
    if part.token == TOKEN:
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in part.inputs.items()
        }
    inputs = {**part.inputs, **(part.manifest or {})}
    if part.options.secret:
        inputs["stringData"] = Secret(value={part.options.secret.key: GENERATED})
    return inputs


def _dependencies(part: Part, parts: tuple[Part, ...]) -> Iterator[str]:
    for other in parts:
        named = other.parent and other.name in part.depends_on
        if named or other.parent in part.depends_on:
            yield other.name
    if part.options.secret:
        yield part.options.secret.part


def _timeouts(part: Part) -> dict[str, str]:
    seconds = part.options.timeout
    return dict.fromkeys(("create", "update", "delete"), f"{seconds}s") if seconds else {}


def registered(done: Run) -> dict[str, dict[str, Any]]:
    """Return the same facts as `expected` of what was registered."""
    return {
        one.urn: {
            "type": one.type,
            "parent": one.parent,
            "custom": one.custom,
            "inputs": one.inputs,
            "dependencies": one.dependencies,
            "retain": one.retain,
            "timeouts": one.timeouts,
            "provider": one.provider,
        }
        for one in done.registrations
    }
