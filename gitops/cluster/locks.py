"""The lock of a stack's state: who took it, and whether that engine may still run."""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# Source: pkg/backend/diy/lock.go, checkForLock: one line for each lock.
_LINE = re.compile(r"created by (\S*)@(\S+) \(pid ([0-9]{1,10})\) at (\S+)")


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One lock as the engine wrote it: the user, host and process that took it, and when."""

    user: str
    host: str
    pid: int
    at: datetime

    def __str__(self) -> str:
        """Return who took it, in words."""
        return f"process {self.pid} of {self.user} on {self.host}, since {self.at.isoformat()}"


def locks(words: str) -> tuple[Lock, ...]:
    """Return the locks that the engine names where it refuses to start."""
    return tuple(
        Lock(user=user, host=host, pid=int(pid), at=at)
        for user, host, pid, text in _LINE.findall(words)
        if (at := _moment(text))
    )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A host that was looked at: the engines that run on it, by process, and since when it is."""

    engines: Set[int]
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was looked at: hosts by name, workspace pods that are gone, Updates that still run.

    `stopped` are hosts of which a person says that no engine runs there any more.
    """

    places: Mapping[str, Place]
    gone: Set[str] = frozenset()
    updates: tuple[str, ...] = ()
    stopped: Set[str] = field(default_factory=frozenset[str])


def hindrances(found: Iterable[Lock], seen: Seen) -> Iterator[tuple[str, str]]:
    """Yield, as cause and cure, why a lock may not be taken away; nothing where no engine runs."""
    for name in seen.updates:
        yield f"the operator runs the stack: Update {name} is not complete", "wait until it is"
    for lock in found:
        place = seen.places.get(lock.host)
        if lock.host in seen.gone or lock.host in seen.stopped:
            continue
        if place is None:
            yield (
                f"{lock} holds it, and that host cannot be looked at from here",
                f"see there that no pulumi runs on this stack, then add --stopped {lock.host}",
            )
        elif lock.pid in place.engines and not (place.since and place.since > lock.at):
            yield f"{lock} holds it, and still runs", "wait until it ends, or interrupt it"


def running(updates: Iterable[Mapping[str, Any]], workspace: str) -> tuple[str, ...]:
    """Return the names of the Updates of a workspace that are not complete."""
    own = [one for one in updates if one["spec"].get("workspaceName") == workspace]
    return tuple(one["metadata"]["name"] for one in own if not _is_complete(one))


def _is_complete(update: Mapping[str, Any]) -> bool:
    conditions = update.get("status", {}).get("conditions", ())
    return any(one["type"] == "Complete" and one["status"] == "True" for one in conditions)
