"""The list of a bundle: what is in it, by digest, and for which tool and machine."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from components.parts.part import Part
from documents.problem import Problem, RefusedError
from settings.access.registry import RegistrySettings, whole

VERSION = 1
LIST, DIGEST, SIGNATURE = "bundle.json", "bundle.json.sha256", "bundle.json.sig"
IMAGES, WEIGHTS, STACKS, TOOL, CHARTS = "images", "weights", "stacks", "tool", "charts"
SETS = "sets"
# What a bundle is made of; whatever is elsewhere would land among somebody's own files.
_FOLDERS = (IMAGES, WEIGHTS, STACKS, TOOL, CHARTS, SETS)
# The list names each file once; a thousand stacks come nowhere near.
LARGEST_LIST = 64 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_PINNED = re.compile(r"@sha256:[0-9a-f]{64}\Z")
# Folders of names without surprises: no `..`, no absolute path, no control character.
_PATH = re.compile(r"(?!.*(\A|/)\.{1,2}(/|\Z))[A-Za-z0-9._+@-]+(/[A-Za-z0-9._+@-]+)*\Z")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file; what is not `here` is in the bundle that this one comes after."""

    path: str
    size: int
    sha256: str
    here: bool = True


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image: where it is pulled from, and where the stacks pull it."""

    source: str
    place: str

    @property
    def tag(self) -> str:
        """Return its name in the layout of images: the digest, which is one of a kind."""
        return self.source.rpartition(":")[2]


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What a bundle holds, in the order of its files; `since` is the digest of another's list."""

    version: int
    tool: str
    machine: str
    stacks: tuple[str, ...]
    images: tuple[Image, ...]
    # The sets of weights: each set's digest with the paths of its files.
    sets: Mapping[str, tuple[str, ...]]
    entries: tuple[Entry, ...]
    since: str | None = None

    @property
    def here(self) -> tuple[Entry, ...]:
        """Return the files that this bundle itself carries."""
        return tuple(one for one in self.entries if one.here)

    @property
    def size(self) -> int:
        """Return the bytes of the files that it carries."""
        return sum(one.size for one in self.here)


def text(bundle: Bundle) -> str:
    """Return the list as it is written: the same bytes for the same content."""
    return json.dumps(asdict(bundle), indent=1, sort_keys=True) + "\n"


def read(content: bytes, name: str) -> Bundle:
    """Return the list in some bytes.

    Raises:
        RefusedError: it is none, is of another version, or names files elsewhere.
    """
    try:
        raw: Any = json.loads(content)
        if raw["version"] != VERSION:
            raise ValueError(f"is of version {raw['version']!r:.20}, and this tool reads {VERSION}")
        made = Bundle(
            version=VERSION,
            tool=str(raw["tool"]),
            machine=str(raw["machine"]),
            stacks=tuple(map(str, raw["stacks"])),
            images=tuple(Image(source=str(one["source"]), place=str(one["place"]))
                         for one in raw["images"]),
            sets={_digest(key): tuple(map(_path, paths)) for key, paths in raw["sets"].items()},
            entries=tuple(map(_entry, raw["entries"])),
            since=_digest(raw["since"]) if raw["since"] is not None else None,
        )  # fmt: skip
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        said = str(error) if str(error).startswith("is ") else "holds no list of this tool"
        raise refused(name, said, "make it again with this version of the tool") from None
    if len({one.path for one in made.entries}) != len(made.entries):
        raise refused(name, "names a file twice", "make it again")
    _check(made, name)
    return made


def named_digest(path: str) -> str | None:
    """Return the digest by which others find a file: of weights and of images' blobs."""
    words = path.split("/")
    if words[0] == WEIGHTS:
        return words[1]
    return words[-1] if path.startswith(f"{IMAGES}/blobs/") else None


def _check(made: Bundle, name: str) -> None:
    """Refuse files where no export puts them, and sets of files that the bundle does not list."""
    cure = "no export writes that: get the bundle again, and find out who changed this one"
    for one in made.entries:
        folder, _, rest = one.path.partition("/")
        if folder not in _FOLDERS or not rest:
            raise refused(name, f"lists {one.path}, which is in no folder of a bundle", cure)
        if named_digest(one.path) not in (None, one.sha256):
            cause = f"lists {one.path} with other bytes, of the SHA-256 {one.sha256}"
            raise refused(name, cause, cure)
    listed = {one.path for one in made.entries}
    if strange := {path for paths in made.sets.values() for path in paths} - listed:
        raise refused(name, f"has a set with {min(strange)}, which it does not list", cure)


def _entry(raw: Any) -> Entry:
    size = raw["size"]
    if type(size) is not int or size < 0 or type(raw["here"]) is not bool:
        raise ValueError("no entry")
    return Entry(
        path=_path(raw["path"]), size=size, sha256=_digest(raw["sha256"]), here=raw["here"]
    )


def _path(raw: Any) -> str:
    if not _PATH.match(str(raw)):
        raise ValueError("no path")
    return str(raw)


def _digest(raw: Any) -> str:
    if not _DIGEST.match(str(raw)):
        raise ValueError("no digest")
    return str(raw)


def refused(name: str, cause: str, cure: str) -> RefusedError:
    """Return the refusal of a bundle."""
    return RefusedError([Problem(file=name, path=(), cause=cause, cure=cure)])


def without(entries: Iterable[Entry], other: Bundle | None) -> tuple[Entry, ...]:
    """Return entries, those of another bundle as not carried; small files always are."""
    known = {(one.path, one.sha256) for one in other.entries} if other else set[tuple[str, str]]()
    return tuple(
        Entry(path=one.path, size=one.size, sha256=one.sha256, here=False)
        if (one.path, one.sha256) in known and one.path.startswith((f"{IMAGES}/blobs/", WEIGHTS))
        else one
        for one in entries
    )


def images(parts: Iterable[Part], registry: RegistrySettings, name: str) -> tuple[Image, ...]:
    """Return the images that the pods of a stack run or mount, and its engines, each once.

    Raises:
        RefusedError: one of them is not pinned: what its tag means may change on the way.
    """
    places: set[str] = set()
    for part in parts:
        _references(part.manifest or {}, places)
    loose = sorted(one for one in places if not _PINNED.search(one))
    if loose:
        cure = "list its digest under `localai:digests`, as `localai-gitops digests lock` does"
        raise RefusedError(
            [
                Problem(file=name, path=(), cause=f"pulls {one} by a tag alone", cure=cure)
                for one in loose
            ]
        )
    return tuple(Image(source=_source(one, registry), place=one) for one in sorted(places))


def _references(value: Any, found: set[str]) -> None:
    if isinstance(value, dict):
        for key, below in cast("dict[str, Any]", value).items():
            if key in ("image", "reference") and isinstance(below, str):
                found.add(below)
            else:
                _references(below, found)
    elif isinstance(value, list | tuple):
        for below in cast("list[Any]", value):
            _references(below, found)
    elif isinstance(value, str) and value.startswith("oci://"):
        found.add(value.removeprefix("oci://"))


def _source(place: str, registry: RegistrySettings) -> str:
    """Return where an image comes from, of which a stack names the mirror."""
    for original, mirror in sorted(registry.mirrors.items(), key=lambda one: -len(one[1])):
        if place.startswith(mirror) and place[len(mirror) :][:1] in ("/", ":", "@"):
            return whole(original + place[len(mirror) :])
    return whole(place)


def target(image: Image, registry: str) -> str:
    """Return where an image goes at the other side: where the stacks pull it, or below a registry.

    The tag is kept: a registry may delete what has none.
    """
    place = image.place.partition("@")[0]
    return f"{registry}/{whole(place)}" if registry else place


def missing_charts(charts: Sequence[tuple[str, str]], names: Iterable[str]) -> list[str]:
    """Return the archives of charts that are not among some names."""
    wanted = [f"{chart}-{version.removeprefix('v')}.tgz" for chart, version in charts]
    return sorted(set(wanted) - set(names))
