"""The command line: three verbs, checked before anything is done."""

import argparse
import re
from ipaddress import ip_network
from pathlib import Path

from fetch.destination import Network
from fetch.weight_set import DIGEST

PROXY = re.compile(r"http://([A-Za-z0-9.-]+:[0-9]{1,5})/?")


class Options(argparse.Namespace):
    """What the command line says."""

    command: str
    sets: list[Path]
    digest: str | None
    files: list[Path]
    root: Path
    to: Path
    proxy: str | None
    direct: list[str]
    networks: list[Network]
    allow_http: bool
    retries: int
    stall_timeout: float
    lock_timeout: float


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


def proxy(text: str) -> str:
    """Return a proxy's host and port; raise ArgumentTypeError unless it is one without a user."""
    match = PROXY.fullmatch(text)
    if not match:
        raise argparse.ArgumentTypeError("must be http://host:port")
    return match[1]


def parse(arguments: list[str], description: str) -> Options:
    """Return the checked command line; exit with 2 on wrong usage."""
    parser = argparse.ArgumentParser(description=description)
    verbs = parser.add_subparsers(dest="command", required=True)
    checker = verbs.add_parser("check", help="say whether a set is on the volume")
    checker.add_argument("--digest", type=digest, help="the set's digest")
    checker.add_argument("--file", type=Path, action="append", default=[], dest="files",
                         help="a file that has to be there, wherever it is mounted")  # fmt: skip
    copier = verbs.add_parser("copy", help="copy a set to another volume")
    copier.add_argument("--digest", type=digest, required=True, help="the set's digest")
    copier.add_argument("--to", type=Path, required=True, help="where the other volume is mounted")
    _add_fetch(verbs.add_parser("fetch", help="bring sets onto the volume"))
    for verb in verbs.choices.values():
        verb.add_argument("--root", type=Path, default=Path(), help="where the volume is mounted")
    return parser.parse_args(arguments, namespace=Options())


def _add_fetch(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--set", type=Path, action="append", required=True, dest="sets",
                      help="a set's JSON file")  # fmt: skip
    verb.add_argument("--proxy", type=proxy, help="tunnel through http://host:port")
    verb.add_argument("--direct", action="append", default=[], help="a host reached without it")
    verb.add_argument("--network", type=ip_network, action="append", default=[], dest="networks",
                      help="a network that may be fetched from, beside public ones")  # fmt: skip
    verb.add_argument("--allow-http", action="store_true", help="take http addresses too")
    verb.add_argument("--retries", type=int, default=10, help="failures in a row to bear")
    verb.add_argument("--stall-timeout", type=positive, default=60.0, help="seconds of silence")
    verb.add_argument("--lock-timeout", type=positive, default=3600.0, help="seconds to wait")
