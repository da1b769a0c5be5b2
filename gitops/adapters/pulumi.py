"""Asks the Pulumi command line what it would do, and reads its words; changes nothing."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from gitops.adapters.process import Finished, OutsideError, Run

# What every run of the engine is given, whoever starts it; none of it changes what is applied.
# The engine writes its whole state before and after each step (pkg/backend/snapshot.go), which
# compresses to a twentieth. Most steps wait for pods, and not for a processor, of which it would
# have four each (sdk/go/common/resource/config, defaults to 4 x GOMAXPROCS). The provider asks 50
# times a second at most, after 120 at once (provider/pkg/provider/provider.go, Configure).
ENGINE: Mapping[str, str] = {
    "PULUMI_DIY_BACKEND_ZSTD": "true",
    "PULUMI_PARALLEL": "64",
    "PULUMI_K8S_CLIENT_BURST": "400",
    "PULUMI_K8S_CLIENT_QPS": "200",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
}

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')


def named_path(path: str, content: Mapping[str, Any]) -> str:
    """Return a path such as `spec.containers[0].env[1].value` with names: `[localai]`, `[HOME]`.

    `content` is the object that the path leads through. A key in quotes becomes an ordinary one.
    """
    words, place = "", cast("Any", content)
    for quoted, index, key in _STEP.findall(path):
        if index:
            place = _item(place, int(index))
            words += f"[{_name(place) or index}]"
        else:
            place = cast("dict[str, Any]", place).get(quoted or key) if _is_map(place) else None
            words += f".{quoted or key}"
    return words.removeprefix(".")


def _item(place: Any, index: int) -> Any:
    items = cast("list[Any]", place) if isinstance(place, list) else []
    return items[index] if index < len(items) else None


def _name(item: Any) -> str:
    known = cast("dict[str, Any]", item) if _is_map(item) else {}
    name = known.get("name", known.get("path"))
    return name if isinstance(name, str) else ""


def _is_map(place: Any) -> bool:
    return isinstance(place, dict)


_CLUSTER = "see that the kubeconfig leads to the cluster of this stack, and that it answers"
_OBJECT = (
    "the cluster refuses an object of this change, and an update would meet the same; "
    "docs/troubleshooting.md says what to do"
)
# The first pattern that is found counts: words of the API server may hold those of a connection.
_CURES = (
    (r"currently locked|pending operations|already exists", "recover the stack as `An engine was "
     "killed` in docs/runbooks/state.md says"),
    (r"passphrase|decrypt", "set PULUMI_CONFIG_PASSPHRASE, or log in to the secrets provider"),
    (r"no stack named|stack .* not found", "select the backend that holds the stack (`pulumi "
     "login`, `pulumi stack ls`), or create it (`pulumi stack init`)"),
    (r"PULUMI_ACCESS_TOKEN|pulumi login|not logged in|getting stack|could not get cloud url",
     "log in to the backend (`pulumi login`)"),
    (r"unreachable|connection refused|no such host|i/o timeout|kubeconfig|Unauthorized", _CLUSTER),
    (r"is invalid|Forbidden|forbidden|denied|conflict|exceeded quota|admission webhook", _OBJECT),
)  # fmt: skip


def cure(words: str) -> str:
    """Return what helps, judged by what the engine said, or where to look."""
    for pattern, found in _CURES:
        if re.search(pattern, words):
            return found
    return "docs/troubleshooting.md lists what is known to stop an update"


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
    done = run(command, folder, {**ENGINE, **os.environ})
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


# The one command that takes the lock, changes nothing of a stack that exists, and is the same for
# every backend: to make it a second time. It is run where it can write no file of the stack.
_PROBE = (
    'cd "$(mktemp -d)" && printf %s "$1" >Pulumi.yaml && '
    'exec pulumi stack init "$2" --non-interactive'
)
_LOCKED, _EXISTS = "currently locked", "already exists"
_PROJECT = "name: localai\nruntime: python\n"


class StateError(OutsideError):
    """The state of a stack cannot be read, or its lock not be taken away."""


@dataclass(frozen=True, kw_only=True)
class State:
    """The state of one stack, by its whole name, and the text of Pulumi.yaml, with its backend.

    `inside` is what starts a command elsewhere, where the backend is the one that is logged in to.
    """

    run: Run
    folder: Path
    stack: str
    project: str
    inside: tuple[str, ...] = ()

    def exported(self) -> dict[str, Any]:
        """Return the state as `pulumi stack export` writes it; secrets stay encrypted.

        Raises:
            StateError: there is no such stack, or its backend does not answer.
        """
        done = self._pulumi("stack", "export", "--stack", self.stack)
        digest = _digest(done.output)
        if done.code or digest is None:
            raise _refused(done.errors)
        return digest

    def locked(self) -> str:
        """Return what the engine says of the locks of a stack that exists; nothing without one.

        Raises:
            StateError: the backend does not answer.
        """
        project = _PROJECT if self.inside else self.project
        done = self._start(["sh", "-c", _PROBE, "sh", project, self.stack])
        if _LOCKED in done.errors:
            return done.errors
        if done.code and _EXISTS in done.errors:
            return ""
        raise _refused(done.errors)

    def unlock(self) -> None:
        """Delete every lock of the stack; the engine asks nobody whether its owner still runs.

        Raises:
            StateError: the backend does not answer.
        """
        done = self._pulumi("cancel", "--yes", "--stack", self.stack)
        if done.code:
            raise _refused(done.errors)

    def _pulumi(self, *words: str) -> Finished:
        return self._start(["pulumi", *words, "--non-interactive"])

    def _start(self, command: list[str]) -> Finished:
        # A passphrase is asked for before the lock is looked at, and not used.
        own = {"PULUMI_CONFIG_PASSPHRASE": "none", **ENGINE, **os.environ}
        return self.run([*self.inside, *command], self.folder, None if self.inside else own)


def _refused(errors: str) -> StateError:
    said = " ".join(errors.split())[:_LONGEST] or "it ended without a word"
    return StateError(f"pulumi says: {said}", cure(said))
