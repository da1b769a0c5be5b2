"""What a set of weights says: its files, checked before any of them is used."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from fetch.destination import Network, literal_of, why_not

VISIBLE = re.compile(r"[!-~]+")
DIGEST = re.compile(r"[0-9a-f]{64}")
# How the file of each type begins; of ggml, 0x67676d6c in little-endian order (whisper.cpp).
MAGIC = {".gguf": b"GGUF", ".bin": b"lmgg", ".safetensors": b""}
# These rules are for whoever writes a set, too: models are read by them.
NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
PATH = re.compile(rf"weights/([0-9a-f]{{64}})/({NAME.pattern})")
LARGEST = 10**13
EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
# By how much a file may be longer than an estimate of its size: one in so many.
MARGIN = 100


class WeightsError(Exception):
    """A failure that trying again does not cure; its text is for the operator.

    The Job of the weights ends at once on this exit code.
    """

    code = 3


class PassingError(WeightsError):
    """A failure that may pass; `wait` is the pause the server asked for."""

    code = 1

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


@dataclass(frozen=True, kw_only=True)
class Weight:
    """One file of the set; `size` is None where unknown, then `about` stands in for it.

    `about` is the most that rounds to the estimate somebody wrote down.
    """

    path: str
    url: str
    sha256: str
    size: int | None
    about: int

    @property
    def most(self) -> int:
        """Return how many bytes of it are taken."""
        return self.about + self.about // MARGIN if self.size is None else self.size


def acceptable(url: str, *, allow_http: bool, networks: Sequence[Network] = ()) -> bool:
    """Say whether the address is https (or http where allowed), with a host and no password.

    A host that is an address has to be public or of these networks; a name is looked at again
    when it is resolved.
    """
    try:
        parts = urlsplit(url)
        host = literal_of(url)
        whole = "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
    whole = whole and (host is None or not why_not(host, networks))
    schemes = {"https", "http"} if allow_http else {"https"}
    return whole and parts.scheme in schemes and VISIBLE.fullmatch(url) is not None


def public(url: str) -> str:
    """Return the address without user, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def of_known_type(name: str) -> bool:
    """Say whether a file's name ends as one does that runs no code when it is loaded."""
    return Path(name).suffix in MAGIC


def set_digest(paths: Sequence[str]) -> str:
    """Return the digest of the bytes in a set, wherever they come from: each path holds its own."""
    return hashlib.sha256(json.dumps(paths, separators=(",", ":")).encode()).hexdigest()


def fields(raw: object, keys: set[str], where: str) -> dict[str, object]:
    """Return a JSON object that has exactly these keys."""
    found = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    if set(found) != keys:
        raise WeightsError(f"{where}: must be an object with exactly {', '.join(sorted(keys))}.")
    return found


def weight(
    raw: object, where: str, *, allow_http: bool, networks: Sequence[Network] = ()
) -> Weight:
    """Return one checked entry of the set."""
    found = fields(raw, {"path", "url", "sha256", "size", "about"}, where)
    path, url, sha256 = (str(found[key]) for key in ("path", "url", "sha256"))
    match = PATH.fullmatch(path)
    if not match or match[1] != sha256:
        raise WeightsError(f"{where}.path: must be weights/<its sha256>/<plain file name>.")
    if not of_known_type(path):
        raise WeightsError(
            f"{where}.path: must end in {', '.join(MAGIC)}: other types are refused."
        )
    if not acceptable(url, allow_http=allow_http, networks=networks):
        raise WeightsError(
            f"{where}.url: must be an https address without user and password, and its host public"
            " or of a network in localai:network.sources."
        )
    size, about = found["size"], found["about"]
    for number in (about, about if size is None else size):
        if type(number) is not int or not 0 < number <= LARGEST:
            raise WeightsError(f"{where}: size and about must be bytes, from 1 to {LARGEST}.")
    return Weight(
        path=path, url=url, sha256=sha256, size=cast("int | None", size), about=cast("int", about)
    )


def read_set(
    path: Path, *, allow_http: bool, networks: Sequence[Network] = ()
) -> tuple[str, list[Weight]]:
    """Return the set's digest and files, all checked before any of them is used."""
    try:
        raw: object = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise WeightsError(f"{path}: not readable as JSON ({problem}).") from None
    found = fields(raw, {"version", "digest", "files"}, str(path))
    digest, files = str(found["digest"]), found["files"]
    if found["version"] != 1 or not DIGEST.fullmatch(digest) or not isinstance(files, list):
        raise WeightsError(f"{path}: needs version 1, a digest of 64 hex digits, a list of files.")
    entries = enumerate(cast("list[object]", files))
    weights = [
        weight(each, f"{path}: files[{index}]", allow_http=allow_http, networks=networks)
        for index, each in entries
    ]
    paths = [each.path for each in weights]
    if len(set(paths)) != len(paths):
        raise WeightsError(f"{path}: two files have the same path.")
    if set_digest(paths) != digest:
        raise WeightsError(f"{path}: its digest is of other files.")
    return digest, weights
