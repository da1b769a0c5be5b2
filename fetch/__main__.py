"""Fetch sets of model weights onto a volume, check that one is there, or copy one.

A file gets its final name only after its length, SHA-256 and type were checked: what has a final
name is whole. Standard library only; all state is on the volume; sizes are bytes, times seconds.
"""

import errno
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from fetch.cache import copy_set
from fetch.options import Options, parse
from fetch.source import Route
from fetch.transfer import Patience, download
from fetch.volume import check_space, locked, present, recorded, say, size_of, write_marker
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
    root = options.root
    root.mkdir(exist_ok=True)
    with locked(root, options.lock_timeout):
        wanted = list({each.path: each for _, weights in sets for each in weights}.values())
        missing = absent(wanted, root, rehash=options.rehash)
        check_space(missing, wanted, root)
        for digest, weights in sets:
            fetch_set(digest, weights, missing, options)


def absent(wanted: list[Weight], root: Path, *, rehash: bool) -> list[Weight]:
    """Return the weights that are not whole on the volume."""
    sizes: dict[str, int] = {}
    for each in (root / ".sets").glob("*.json"):
        sizes.update(recorded(each))
    return [each for each in wanted if not present(each, root, sizes, rehash=rehash)]


def fetch_set(digest: str, weights: list[Weight], missing: list[Weight], options: Options) -> None:
    """Fetch what is missing of one set, strike it off, and write the set's marker."""
    route = Route(
        proxy=options.proxy, direct=tuple(options.direct), allow_http=options.allow_http,
        networks=tuple(options.networks),
    )  # fmt: skip
    patience = Patience(retries=options.retries, stall_timeout=options.stall_timeout, route=route)
    marker = options.root / ".sets" / f"{digest}.json"
    here = {each.path for each in weights}
    new = [each for each in missing if each.path in here]
    if new:
        marker.unlink(missing_ok=True)
    for each in new:
        say(f"{each.path}: fetching from {public(each.url)}")
        download(each, options.root, patience)
        missing.remove(each)
    write_marker(marker, digest, weights, options.root)
    say(f"{len(weights)} files are there, {len(new)} of them new: set {digest}")


def check(options: Options) -> None:
    """Raise PassingError unless the set is whole on the volume, and each file is where it is."""
    for path in options.files:
        if not size_of(path):
            raise PassingError(f"{path}: is not there: see that its image holds it in its root.")
    if options.digest is None:
        return
    marker = options.root / ".sets" / f"{options.digest}.json"
    cure = "run the weights Job again"
    sizes = recorded(marker)
    if size_of(marker) is None or not sizes:
        raise PassingError(f"{options.root}: does not hold the set {options.digest}: {cure}.")
    for path, size in sizes.items():
        if size_of(options.root / path) != size:
            raise PassingError(f"{path}: is not whole on the volume: {cure}.")
    say(f"{len(sizes)} files are there: set {options.digest}")


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
