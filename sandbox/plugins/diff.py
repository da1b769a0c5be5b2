"""What a changed declaration does to an object: nothing, an update in place, or a replacement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from pulumi.runtime.proto import provider_pb2 as pb

from gitops.planning.forcing import (
    CONFIG_MAP_DATA,
    FORCING,
    IDENTITY,
    SECRET_DATA,
    SECRET_TYPE,
)
from sandbox.plugins.cluster import Connection
from sandbox.plugins.declaration import Checkpoint
from sandbox.plugins.manifests import (
    AUTONAMED,
    annotation,
    name,
    namespace,
    normalized,
    with_metadata,
)
from sandbox.plugins.properties import Properties, Unknown
from sandbox.plugins.readiness import progress

Path = tuple[str | int, ...]

_SPECIAL: Final = frozenset('."[]')


@dataclass(frozen=True, kw_only=True)
class Change:
    """One changed field: `kind` is ADD, DELETE or UPDATE, with `_REPLACE` where it replaces."""

    path: Path
    kind: str

    @property
    def key(self) -> str:
        """The path as the engine writes it, such as `spec.containers[0].image`."""
        text = ""
        for part in self.path:
            if isinstance(part, int):
                text += f"[{part}]"
            elif _SPECIAL & set(part):
                text += '["' + part.replace('"', '\\"') + '"]'
            else:
                text += f".{part}" if text else part
        return text

    @property
    def replaces(self) -> bool:
        """Whether this change alone replaces the object."""
        return self.kind.endswith("_REPLACE")


def pruned(live: Any, shape: Any) -> Any:
    """Return the live value cut to the fields and list positions that the shape has."""
    if isinstance(live, dict) and isinstance(shape, dict):
        have, want = cast("Properties", live), cast("Properties", shape)
        return {key: pruned(have[key], want[key]) for key in have if key in want}
    if isinstance(live, list) and isinstance(shape, list):
        pairs = zip(cast("list[Any]", live), cast("list[Any]", shape), strict=False)
        return [pruned(value, form) for value, form in pairs]
    return cast("Any", live)


def changes(old: Properties, new: Properties, replacing: Sequence[str]) -> list[Change]:
    """Return every changed field between two manifests, with the replacing ones marked."""
    paths = [tuple(field.split(".")) for field in replacing]
    found = _changes((), old, new)
    return [Change(path=p, kind=_marked(p, kind, value, paths)) for p, kind, value in found]


def deletes_first(new: Properties, live: Properties) -> bool:
    """Whether a replacement must delete first: both objects would bear one explicit name."""
    explicit = bool(name(new)) and annotation(new, AUTONAMED) != "true"
    return explicit and (name(new), namespace(new)) == (name(live), namespace(live))


def _changes(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, str, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        have, want = cast("Properties", old), cast("Properties", new)
        yield from _map_changes(path, have, want)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_changes(path, cast("list[Any]", old), cast("list[Any]", new))
    elif isinstance(new, Unknown) or old != new:
        yield path, "UPDATE", new


def _map_changes(path: Path, old: Properties, new: Properties) -> Iterator[tuple[Path, str, Any]]:
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            yield (*path, key), "DELETE", None
        elif key not in old:
            yield (*path, key), "ADD", new[key]
        else:
            yield from _changes((*path, key), old[key], new[key])


def _list_changes(path: Path, old: list[Any], new: list[Any]) -> Iterator[tuple[Path, str, Any]]:
    for index, (have, want) in enumerate(zip(old, new, strict=False)):
        yield from _changes((*path, index), have, want)
    for index in range(len(old), len(new)):
        yield (*path, index), "ADD", new[index]
    for index in range(len(new), len(old)):
        yield (*path, index), "DELETE", None


def _marked(path: Path, kind: str, value: Any, replacing: list[tuple[str, ...]]) -> str:
    hit = any(_touches(path, value, field) for field in replacing)
    return f"{kind}_REPLACE" if hit else kind


def _touches(path: Path, value: Any, field: tuple[str, ...]) -> bool:
    """Whether a change at a path is below a field, or brings a value that holds the field."""
    shared = zip(path, field, strict=False)
    if not all(have == want or (want == "*" and isinstance(have, int)) for have, want in shared):
        return False
    return _reaches(value, field[len(path) :])


def _reaches(value: Any, rest: tuple[str, ...]) -> bool:
    if not rest:
        return True
    if isinstance(value, list) and rest[0] == "*":
        return any(_reaches(item, rest[1:]) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        items = cast("Properties", value)
        return rest[0] in items and _reaches(items[rest[0]], rest[1:])
    return False


def replacing_fields(
    manifest: dict[str, Any], *, mutable_config_maps: bool, mutable_secrets: bool
) -> tuple[str, ...]:
    """Return the paths whose change replaces this object."""
    immutable = manifest.get("immutable") is True
    match (manifest.get("apiVersion", ""), manifest.get("kind", "")):
        case ("v1", "ConfigMap"):
            own = () if mutable_config_maps and not immutable else CONFIG_MAP_DATA
        case ("v1", "Secret"):
            own = SECRET_TYPE if mutable_secrets and not immutable else SECRET_DATA
        case key:
            own = FORCING.get(key, ())
    return (*IDENTITY, *own)


UNREADY: Final = '.metadata.annotations["pulumi.com/replaceUnready"]'


def found_changes(connection: Connection, old: Checkpoint, new: Properties) -> list[Change]:
    """Return what differs between the live values of the declared fields and the new inputs."""
    before = connection.placed(pruned(old.live, normalized(old.inputs)))
    after = connection.placed(normalized(new))
    if name(new):
        before = with_metadata(before, name=name(old.live))
    replacing = replacing_fields(
        after,
        mutable_config_maps=connection.settings.mutable_config_maps,
        mutable_secrets=connection.settings.mutable_secrets,
    )
    return changes(before, after, replacing)


def is_ignored(change: Change, ignored: Sequence[str]) -> bool:
    """Whether a change is at, or below, a path the program told the engine to ignore."""
    return any(
        change.key == path or change.key.startswith((f"{path}.", f"{path}[")) for path in ignored
    )


def response(
    connection: Connection, old: Checkpoint, new: Properties, ignored: Sequence[str]
) -> pb.DiffResponse:
    """Return the answer to a Diff call."""
    found = [c for c in found_changes(connection, old, new) if not is_ignored(c, ignored)]
    replaces = [change.key for change in found if change.replaces]
    if _unready(connection, old, new):
        replaces.append(UNREADY)
    detailed = {
        change.key: pb.PropertyDiff(
            kind=pb.PropertyDiff.Kind.Value(change.kind), inputDiff=change.kind.startswith("DELETE")
        )
        for change in found
    }
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if found or replaces else pb.DiffResponse.DIFF_NONE,
        replaces=replaces,
        deleteBeforeReplace=bool(replaces) and deletes_first(connection.placed(new), old.live),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _unready(connection: Connection, old: Checkpoint, new: Properties) -> bool:
    """Whether a Job asks to be replaced because it did not complete."""
    asks = annotation(new, "pulumi.com/replaceUnready") == "true" and new.get("kind") == "Job"
    if not asks or connection.cluster is None:
        return False
    live = connection.cluster.api.get(old.live)
    return live is not None and progress(live).state != "ready"
