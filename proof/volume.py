"""What lies on the claim of a pool: the bytes of its set, its engines, and what nobody declared.

Nothing is written, and no link is followed. Sizes are bytes, times seconds.
"""

import hashlib
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fetch.marker import Look, read_marker
from fetch.volume import Volume, size_of
from fetch.weight_set import DIGEST, WeightsError
from proof.finding import Check, Finding, Verdict

_CHUNK = 4 << 20
# What is ours in the folder that servers read: weights, and the markers of sets.
_OURS = (".sets", "weights")
# How many names a finding holds, and how long each of them is.
_NAMED, _LONGEST = 10, 60
_AGAIN = "delete it there and the weights Job, so that it is fetched again"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a pool has on its claim: the folder of weights, the digest of its set, its engines.

    `is_read` is whether servers read the folder itself: then what was put there is served.
    """

    root: str
    digest: str | None
    engines_folder: str | None
    engines: Sequence[str]
    is_read: bool


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How fast files are read, so that servers next to it still read theirs, and for how long.

    What changed since it was hashed is read whatever time it takes.
    """

    rate: float = 200e6
    seconds: float = 600.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: random.Random = field(default_factory=random.SystemRandom)


def on_volume(pool: str, content: Content, reading: Reading) -> Iterator[Finding]:
    """Yield what is found on the claim of a pool."""
    volume = Volume(Path(content.root))
    if content.digest is not None:
        yield from _digests(pool, volume, content.digest, reading)
    if content.engines_folder is not None:
        yield from _engines(pool, Path(content.engines_folder), content.engines)
    yield _added(pool, content, volume)


def _digests(pool: str, volume: Volume, digest: str, reading: Reading) -> Iterator[Finding]:
    """Yield each file of a set that is not what its digest says; or that all of them are."""
    known = read_marker(volume, digest)
    if not known:
        text = f"the volume does not hold the set {digest[:12]}"
        yield _failed(Check.DIGESTS, pool, "", text, "run the weights Job again")
        return
    until, again, wrong = reading.clock() + reading.seconds, 0, 0
    # In another order each time: what time does not suffice for is read the next time.
    for path in reading.chance.sample(sorted(known), len(known)):
        try:
            cause, was_read = _file(volume, path, known[path], reading, until)
        except (WeightsError, OSError) as error:
            cause, was_read = f"cannot be read: {error}"[:200], False
        again += was_read
        if cause:
            wrong += 1
            yield _failed(Check.DIGESTS, pool, path.rpartition("/")[2], cause, _AGAIN)
    if not wrong:
        unread = len(known) - again
        rest = f", {unread} unchanged since they were hashed" if unread else ""
        text = f"{again} of {len(known)} files were read, as their digests say{rest}"
        yield Finding(check=Check.DIGESTS, pool=pool, name="", verdict=Verdict.PASS, text=text)


def _file(
    volume: Volume, path: str, known: Look, reading: Reading, until: float
) -> tuple[str, bool]:
    """Return what is wrong with a file, and whether it was read; one that is not is unchanged."""
    descriptor = volume.open(path)
    if descriptor is None:
        return "is not on the volume", False
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        found = os.fstat(descriptor)
        if found.st_size != known.size:
            return f"has {found.st_size} bytes, not {known.size}", False
        if known.is_of(found) and reading.clock() >= until:
            return "", False
        digest = _hashed(file.read, reading)
    expected = path.split("/")[1]
    if digest != expected:
        return f"its SHA-256 is {digest[:12]}…, not {expected[:12]}…", True
    return "", True


def _hashed(read: Callable[[int], bytes], reading: Reading) -> str:
    digest, began, count = hashlib.sha256(), reading.clock(), 0
    while chunk := read(_CHUNK):
        digest.update(chunk)
        count += len(chunk)
        early = count / reading.rate - (reading.clock() - began)
        if early > 0:
            reading.sleep(early)
    return digest.hexdigest()


def _engines(pool: str, folder: Path, engines: Sequence[str]) -> Iterator[Finding]:
    """Yield whether the folder of a pool's engines has those of its images, and no other."""
    installed = {one for one in _names(folder) if _runs(folder / one)}
    missing = sorted({*engines} - installed)
    if missing:
        text = f"the volume does not have {' and '.join(missing)}"
        cure = "delete the engines Job, so that they are installed again"
        yield _failed(Check.ENGINES, pool, "", text, cure)
    if others := installed - {*engines}:
        text = f"were installed by hand: {_listed(others)}"
        yield _failed(Check.ADDED, pool, "engines", text, "delete them, or declare a model of each")
    if not missing and not others:
        text = f"{', '.join(engines)} on the volume, in the folder of the pinned images"
        yield Finding(check=Check.ENGINES, pool=pool, name="", verdict=Verdict.PASS, text=text)


def _runs(folder: Path) -> bool:
    """Return whether LocalAI takes a folder for an engine."""
    try:
        return size_of(folder / "run.sh") is not None
    except OSError:
        return False


def _added(pool: str, content: Content, volume: Volume) -> Finding:
    """Return what was put next to the weights, as what a user interface or an API downloads."""
    root = volume.root
    loose = [name for name in _names(root) if name not in _OURS]
    weights = _names(root / "weights")
    loose += [f"weights/{name}" for name in weights if not DIGEST.fullmatch(name)]
    if loose and content.is_read:
        cure = "delete it there, or declare it: servers list each file in this folder"
        text = f"nobody declared {_listed(loose)}"
        return _failed(Check.ADDED, pool, "models", text, cure)
    text = f"nobody declared {_listed(loose)}; no server reads it" if loose else "nothing"
    return Finding(check=Check.ADDED, pool=pool, name="models", verdict=Verdict.PASS, text=text)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(one.name for one in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _listed(names: Iterable[str]) -> str:
    # A name may hold what a terminal takes for a command.
    known = sorted(names)
    shown = [ascii(one[:_LONGEST]) for one in known[:_NAMED]]
    more = f", and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"{', '.join(shown)}{more}"


def _failed(check: Check, pool: str, name: str, text: str, cure: str) -> Finding:
    return Finding(
        check=check, pool=pool, name=name[:200], verdict=Verdict.FAIL, text=text, cure=cure
    )
