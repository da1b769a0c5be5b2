"""Fetch a set of model weights onto a volume (`fetch`), or say whether it is there (`check`).

A file gets its final name only after its length, SHA-256 and type were checked: what has a final
name is whole. Standard library only; all state is on the volume; sizes are bytes, times seconds.
"""

import argparse
import errno
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from transfer import Patience, download
from volume import check_space, locked, present, recorded, say, size_of, write_marker
from weight_set import DIGEST, WeightsError, public, read_set

FULL = "enlarge the volume or remove weights no set needs, then run the weights Job again"
DISK_CURES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: "the volume's file system takes no file this long: use another storage class",
    errno.EROFS: "mount the volume writable in the weights Job",
    errno.EACCES: "run the weights Job with the user and fsGroup that own the volume",
}


class Options(argparse.Namespace):
    """What the command line says."""

    command: str
    set: Path
    digest: str
    root: Path
    allow_http: bool
    rehash: bool
    retries: int
    stall_timeout: float
    lock_timeout: float


def fetch(options: Options) -> None:
    """Bring every file of the set onto the volume, then write the set's marker."""
    digest, weights = read_set(options.set, allow_http=options.allow_http)
    root, sizes = options.root, dict[str, int]()
    marker = root / ".sets" / f"{digest}.json"
    patience = Patience(
        retries=options.retries,
        stall_timeout=options.stall_timeout,
        allow_http=options.allow_http,
    )
    root.mkdir(exist_ok=True)
    with locked(root, options.lock_timeout):
        for each in marker.parent.glob("*.json"):
            sizes.update(recorded(each))
        missing = [
            each for each in weights if not present(each, root, sizes, rehash=options.rehash)
        ]
        check_space(missing, weights, root)
        if missing:
            marker.unlink(missing_ok=True)
        for each in missing:
            say(f"{each.path}: fetching from {public(each.url)}")
            download(each, root, patience)
        write_marker(marker, digest, weights, root)
    say(f"{len(weights)} files are there, {len(missing)} of them new: set {digest}")


def check(options: Options) -> None:
    """Raise WeightsError unless the set's marker and every file's length say that all is there."""
    marker = options.root / ".sets" / f"{options.digest}.json"
    cure = "run the weights Job again"
    sizes = recorded(marker)
    if size_of(marker) is None or not sizes:
        raise WeightsError(f"{options.root}: does not hold the set {options.digest}: {cure}.")
    for path, size in sizes.items():
        if size_of(options.root / path) != size:
            raise WeightsError(f"{path}: is not whole on the volume: {cure}.")
    say(f"{len(sizes)} files are there: set {options.digest}")


def positive(text: str) -> float:
    """Return a number of seconds; raise ArgumentTypeError unless it can be waited for."""
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("must be a number of seconds over 0")
    return value


def digest(text: str) -> str:
    """Return a set's digest; raise ArgumentTypeError unless it is one."""
    if not DIGEST.fullmatch(text):
        raise argparse.ArgumentTypeError("must be 64 hexadecimal digits")
    return text


def parse(arguments: list[str]) -> Options:
    """Return the checked command line; exit with 2 on wrong usage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    verbs = parser.add_subparsers(dest="command", required=True)
    checker = verbs.add_parser("check", help="say whether a set is on the volume")
    checker.add_argument("--digest", type=digest, required=True, help="the set's digest")
    fetcher = verbs.add_parser("fetch", help="bring a set onto the volume")
    fetcher.add_argument("--set", type=Path, required=True, help="the set's JSON file")
    fetcher.add_argument("--allow-http", action="store_true", help="take http addresses too")
    fetcher.add_argument("--rehash", action="store_true", help="hash the files that are there")
    fetcher.add_argument("--retries", type=int, default=10, help="failures in a row to bear")
    fetcher.add_argument("--stall-timeout", type=positive, default=60.0, help="seconds of silence")
    fetcher.add_argument("--lock-timeout", type=positive, default=3600.0, help="seconds to wait")
    for verb in (checker, fetcher):
        verb.add_argument("--root", type=Path, required=True, help="where the volume is mounted")
    return parser.parse_args(arguments, namespace=Options())


def stop(number: int, _frame: FrameType | None) -> None:
    """Leave at once and quietly; the partial stays for the next run."""
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    """Run the command line and return 0, or 1 after one sentence on stderr."""
    options = parse(arguments)
    # Under this mask files get 0640 and folders 0750, and a folder's setgid bit (fsGroup) survives.
    os.umask(0o027)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        (fetch if options.command == "fetch" else check)(options)
    except WeightsError as problem:
        sys.stderr.write(f"{problem}\n")
    except OSError as problem:
        cure = DISK_CURES.get(problem.errno or 0, "see that the volume is mounted and writable")
        where = problem.filename or options.root
        sys.stderr.write(f"{where}: {problem.strerror or type(problem).__name__}: {cure}.\n")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
