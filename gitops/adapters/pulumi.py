"""Asks the Pulumi command line what it would do; changes nothing."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from gitops.adapters.engine_faults import cure
from gitops.adapters.field_path import named_path
from gitops.adapters.process import OutsideError, Run

_LONGEST = 600


class LivePreviewError(OutsideError):
    """The engine could not preview a stack; the cause is the start of what it said."""


@dataclass(frozen=True, kw_only=True)
class LiveStep:
    """One step of the engine: the URN, what it does, and the fields that differ, as in a plan."""

    urn: str
    op: str
    fields: tuple[str, ...]


def live_steps(run: Run, folder: Path, stack: str) -> tuple[LiveStep, ...]:
    """Return the steps that change something, after a look at the cluster (`--refresh`).

    Raises:
        LivePreviewError: the engine, its state or the cluster is out of reach, or refuses.
    """
    command = ["pulumi", "preview", "--stack", stack, "--refresh", "--json", "--non-interactive"]
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    done = run(command, folder, environment)
    digest = _digest(done.output)
    if done.code or digest is None:
        said = _said(digest, done.errors)
        raise LivePreviewError(f"{stack}: {said}", cure(said))
    steps = cast("list[dict[str, Any]]", digest.get("steps") or [])
    return tuple(_step(step) for step in steps if step["op"] not in ("same", "read"))


def _digest(output: bytes) -> dict[str, Any] | None:
    try:
        found: Any = json.loads(output)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _step(step: dict[str, Any]) -> LiveStep:
    detailed = cast("dict[str, Any]", step.get("detailedDiff") or {})
    state = cast("dict[str, Any]", step.get("newState") or {})
    content = cast("dict[str, Any]", state.get("inputs") or {})
    fields = sorted({named_path(path, content) for path in detailed})
    return LiveStep(urn=step["urn"], op=step["op"], fields=tuple(fields))


def _said(digest: dict[str, Any] | None, errors: str) -> str:
    diagnostics = cast("list[dict[str, str]]", (digest or {}).get("diagnostics") or [])
    said = [one["message"] for one in diagnostics if one.get("severity") == "error"]
    lines = " ".join(said or [errors]).split()
    # What went wrong first is named first.
    return " ".join(lines)[:_LONGEST] or "it ended without a word"
