"""Fetch sets of model weights onto a volume, check that one is there, or copy one.

A file gets its final name only after its length, SHA-256 and type were checked: what has a final
name is whole. Standard library only; all state is on the volume; sizes are bytes, times seconds.
"""

import errno
import os
import signal
import sys
from types import FrameType

from fetch.cache import copy_set
from fetch.marker import Look, marker_path, read_marker, whole, write_marker
from fetch.options import Options, parse
from fetch.source import Route
from fetch.transfer import Patience, download
from fetch.volume import Volume, check_space, locked, say, size_of
from fetch.weight_set import PassingError, Weight, WeightsError, public, read_set

FULL = "enlarge the volume or remove weights no set needs, then run the weights Job again"
DISK_CURES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: "the volume's file system takes no file this long: use another storage class",
    errno.EROFS: "mount the volume writable in the weights Job",
    errno.EACCES: "run the weights Job with the user and fsGroup that own the volume",
}


def fetch(options: Options) -> None:
    """Bring every file of every set onto the volume, and write each set's marker."""
    allow_http, networks = options.allow_http, options.networks
    sets = [read_set(path, allow_http=allow_http, networks=networks) for path in options.sets]
    options.root.mkdir(exist_ok=True)
    volume = Volume(options.root)
    with locked(volume, options.lock_timeout):
        wanted = list({each.path: each for _, weights in sets for each in weights}.values())
        seen = there(wanted, marked(volume, [digest for digest, _ in sets]), volume)
        check_space([each for each in wanted if each.path not in seen], wanted, volume)
        for digest, weights in sets:
            fetch_set(digest, weights, seen, options)


def marked(volume: Volume, digests: list[str]) -> dict[str, Look]:
    """Return what the markers of these sets say, but for the file that was hashed longest ago.

    So that what rots without a trace is found in time, and no run takes much longer for it.
    """
    known: dict[str, Look] = {}
    for digest in digests:
        known.update(read_marker(volume, digest))
    for path in sorted(known, key=lambda path: (known[path].looked, path))[:1]:
        del known[path]
    return known


def there(wanted: list[Weight], known: dict[str, Look], volume: Volume) -> dict[str, Look]:
    """Return what is seen of the weights that are whole on the volume, by path."""
    seen = ((each.path, whole(volume, each, known.get(each.path))) for each in wanted)
    return {path: found for path, found in seen if found}


def fetch_set(digest: str, weights: list[Weight], seen: dict[str, Look], options: Options) -> None:
    """Fetch what is missing of one set, add it to what is seen, and write the set's marker."""
    route = Route(
        proxy=options.proxy, direct=tuple(options.direct), allow_http=options.allow_http,
        networks=tuple(options.networks),
    )  # fmt: skip
    patience = Patience(retries=options.retries, stall_timeout=options.stall_timeout, route=route)
    volume = Volume(options.root)
    new = [each for each in weights if each.path not in seen]
    if new:
        volume.remove(marker_path(digest))
    for each in new:
        say(f"{each.path}: fetching from {public(each.url)}")
        seen[each.path] = download(each, volume, patience)
    write_marker(volume, digest, {each.path: seen[each.path] for each in weights})
    say(f"{len(weights)} files are there, {len(new)} of them new: set {digest}")


def check(options: Options) -> None:
    """Raise PassingError unless the set is whole on the volume, and each file is where it is."""
    for path in options.files:
        if not size_of(path):
            raise PassingError(f"{path}: is not there: see that its image holds it in its root.")
    if options.digest is None:
        return
    cure = "run the weights Job again"
    volume = Volume(options.root)
    marked = read_marker(volume, options.digest)
    if not marked:
        raise PassingError(f"{options.root}: does not hold the set {options.digest}: {cure}.")
    for path, known in marked.items():
        if not whole(
            volume,
            Weight(path=path, url="", sha256=path.split("/")[1], size=known.size, about=known.size),
            known,
        ):
            raise PassingError(f"{path}: is not whole on the volume: {cure}.")
    say(f"{len(marked)} files are there: set {options.digest}")


def copy(options: Options) -> None:
    """Copy a set to another volume."""
    copy_set(options.digest or "", options.root, options.to)


VERBS = {"fetch": fetch, "check": check, "copy": copy}


def stop(number: int, _frame: FrameType | None) -> None:
    """Leave at once and quietly; the partial stays for the next run."""
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    """Run the command line and return 0, or after one sentence on stderr 1, or 3 for good."""
    options = parse(arguments, (__doc__ or "").partition("\n")[0])
    # Under this mask files get 0640 and folders 0750, and a folder's setgid bit (fsGroup) survives.
    os.umask(0o027)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        VERBS[options.command](options)
    except WeightsError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.code
    except OSError as problem:
        cure = DISK_CURES.get(problem.errno or 0, "see that the volume is mounted and writable")
        where = problem.filename or options.root
        sys.stderr.write(f"{where}: {problem.strerror or type(problem).__name__}: {cure}.\n")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
