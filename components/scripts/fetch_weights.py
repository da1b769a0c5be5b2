"""Fetch a set of model weights onto a volume (`fetch`), or say whether it is there (`check`).

A file gets its final name only after its length, SHA-256 and type were checked: what has a final
name is whole. Standard library only; all state is on the volume; sizes are bytes, times seconds.
"""

import argparse
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import ssl
import stat
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from types import FrameType
from typing import cast
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

CHUNK = 1 << 20
MAX_HOPS = 10
MAX_WAIT = 60.0
PROGRESS_EVERY = 10.0
MAX_SAFETENSORS_HEADER = 100_000_000
HUB = "https://huggingface.co"
VISIBLE = re.compile(r"[!-~]+")
DIGEST = re.compile(r"[0-9a-f]{64}")
PATH = re.compile(r"weights/([0-9a-f]{64})/(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.+-]{0,200}")
RANGE = re.compile(r"bytes (?:([0-9]{1,18})-[0-9]{1,18}|\*)/([0-9]{1,18}|\*)")
GGML = b"lmgg"  # 0x67676d6c in little-endian order, as whisper.cpp writes it
MAGIC = {".gguf": b"GGUF", ".ggml": GGML, ".bin": GGML, ".safetensors": b""}
DENIED = "private or gated: accept its license and give the weights Job a token Secret (HF_TOKEN)"
STATUS_CURES = {401: DENIED, 403: DENIED, 404: "check the address; a private file needs a token"}
FULL = "enlarge the volume or remove weights no set needs, then run the weights Job again"
DISK_CURES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: "the volume's file system takes no file this long: use another storage class",
    errno.EROFS: "mount the volume writable in the weights Job",
    errno.EACCES: "run the weights Job with the user and fsGroup that own the volume",
}


class WeightsError(Exception):
    """A failure that trying again does not cure; its text is for the operator."""


class PassingError(WeightsError):
    """A failure that may pass; `wait` is the pause the server asked for."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


@dataclass(frozen=True, kw_only=True)
class Weight:
    """One file of the set; `size` is None where unknown, then `about` stands in for it."""

    path: str
    url: str
    sha256: str
    size: int | None
    about: int


class Options(argparse.Namespace):
    """What the command line says."""

    command: str
    set: Path
    root: Path
    allow_http: bool
    rehash: bool
    retries: int
    stall_timeout: float
    lock_timeout: float


class Partial:
    """The unfinished file of a weight; `digest` and `size` always speak of the bytes on disk."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self.path = path
        self.file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
        self.digest = hashlib.file_digest(self.file, "sha256")
        self.size = self.file.tell()
        self.left_over = self.size > 0

    def append(self, chunk: bytes) -> None:
        """Write the chunk at the end."""
        rest = memoryview(chunk)
        while rest:
            rest = rest[self.file.write(rest) :]
        self.digest.update(chunk)
        self.size += len(chunk)

    def reset(self) -> None:
        """Drop every byte."""
        self.file.seek(0)
        self.file.truncate()
        self.digest, self.size, self.left_over = hashlib.sha256(), 0, False


def say(text: str) -> None:
    """Write one line, seen at once in the Job's log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def acceptable(url: str, *, allow_http: bool) -> bool:
    """Say whether the address is https (or http where allowed), with a host and no password."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
    schemes = {"https", "http"} if allow_http else {"https"}
    return whole and parts.scheme in schemes and VISIBLE.fullmatch(url) is not None


def public(url: str) -> str:
    """Return the address without user, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def fields(raw: object, keys: set[str], where: str) -> dict[str, object]:
    """Return a JSON object that has exactly these keys."""
    found = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    if set(found) != keys:
        raise WeightsError(f"{where}: must be an object with exactly {', '.join(sorted(keys))}.")
    return found


def weight(raw: object, where: str, *, allow_http: bool) -> Weight:
    """Return one checked entry of the set."""
    found = fields(raw, {"path", "url", "sha256", "size", "about"}, where)
    path, url, sha256 = (str(found[key]) for key in ("path", "url", "sha256"))
    match = PATH.fullmatch(path)
    if not match or match[1] != sha256:
        raise WeightsError(f"{where}.path: must be weights/<its sha256>/<plain file name>.")
    if Path(path).suffix not in MAGIC:
        raise WeightsError(
            f"{where}.path: must end in {', '.join(MAGIC)}: other types are refused."
        )
    if not acceptable(url, allow_http=allow_http):
        raise WeightsError(f"{where}.url: must be an https address without user and password.")
    size, about = found["size"], found["about"]
    for number in (about, about if size is None else size):
        if type(number) is not int or not 0 < number < 1 << 62:
            raise WeightsError(f"{where}: size and about must be a number of bytes over 0.")
    return Weight(
        path=path, url=url, sha256=sha256, size=cast("int | None", size), about=cast("int", about)
    )


def read_set(path: Path, *, allow_http: bool) -> tuple[str, list[Weight]]:
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
    weights = [weight(e, f"{path}: files[{i}]", allow_http=allow_http) for i, e in entries]
    if len({each.path for each in weights}) != len(weights):
        raise WeightsError(f"{path}: two files have the same path.")
    return digest, weights


def origin(url: str) -> str:
    """Return the scheme, host and port part of an address."""
    return "/".join(url.split("/")[:3])


def authorization(url: str) -> dict[str, str]:
    """Return the token's header for the hub (or HF_ENDPOINT), nothing for any other origin."""
    token = os.environ.get("HF_TOKEN", "").strip()
    hubs = (HUB, os.environ.get("HF_ENDPOINT", HUB))
    if not token or origin(url) not in [origin(hub) for hub in hubs]:
        return {}
    # The HTTP library would quote a malformed header, and so the token, in its error.
    if not VISIBLE.fullmatch(token):
        raise WeightsError("HF_TOKEN holds a blank or a control character: correct the Secret.")
    return {"Authorization": f"Bearer {token}"}


def send(url: str, offset: int, timeout: float) -> HTTPResponse:
    """Send one request, for the bytes from the offset on; follow nothing."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    headers = {"User-Agent": "fetch-weights/1", **authorization(url)}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    try:
        request = Request(url, headers=headers)  # noqa: S310 - acceptable() saw it, no file handler
        return cast("HTTPResponse", opener.open(request, timeout=timeout))
    except (OSError, HTTPException, ValueError) as problem:
        cause = problem.reason if isinstance(problem, URLError) else problem
        if isinstance(cause, ssl.SSLCertVerificationError):
            cure = "its certificate is not trusted; SSL_CERT_FILE can name your CA"
            raise WeightsError(f"{public(url)}: {cure}.") from None
        # Only an OSError's text is shown: others may quote the address with its query.
        text = str(cause) if isinstance(cause, OSError) else type(cause).__name__
        raise PassingError(f"{public(url)}: {text}.") from None


def ask(url: str, offset: int, options: Options) -> HTTPResponse:
    """Return the answer after redirects, each hop checked; a token never leaves its origin."""
    here = url
    for _ in range(MAX_HOPS):
        response = send(here, offset, options.stall_timeout)
        if response.status not in (301, 302, 303, 307, 308):
            return response
        response.close()
        hop = response.headers.get("Location", "")
        with suppress(ValueError):  # what cannot be joined is refused as it is
            hop = urljoin(here, hop)
        if not acceptable(hop, allow_http=options.allow_http and here.startswith("http:")):
            raise WeightsError(f"{public(url)}: redirects to an address that is not plain https.")
        here = hop
    raise WeightsError(f"{public(url)}: redirects more than {MAX_HOPS} times: check the address.")


def refuse_failure(response: HTTPResponse, url: str) -> None:
    """Raise on a status that brings no bytes, by whether it may pass."""
    status = response.status
    if status in (408, 425, 429) or status >= 500:
        asked = response.headers.get("Retry-After", "")
        wait = float(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else 0.0
        raise PassingError(f"{public(url)}: answered {status}.", wait)
    if status not in (200, 206, 416):
        cure = STATUS_CURES.get(status, "check the address")
        raise WeightsError(f"{public(url)}: answered {status}: {cure}.")


def span(response: HTTPResponse) -> tuple[int, int | None]:
    """Return where the answer's bytes start and where the file ends; -1 and None if unsaid."""
    if response.status == 200:
        return 0, response.length
    match = RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if not match:
        return -1, None
    end = None if match[2] == "*" else int(match[2])
    start = int(match[1]) if match[1] else end
    return -1 if start is None else start, end


def stream(wanted: Weight, partial: Partial, options: Options) -> None:
    """Bring the partial to the file's end, continuing it if the server can."""
    with ask(wanted.url, partial.size, options) as response:
        refuse_failure(response, wanted.url)
        start, end = span(response)
        if response.status != 200 and start != partial.size:
            partial.reset()
            raise PassingError(f"{public(wanted.url)}: does not continue there; starting over.")
        if None not in (wanted.size, end) and wanted.size != end:
            raise WeightsError(
                f"{public(wanted.url)}: has {end} bytes, the set says {wanted.size}:"
                " the file was replaced, or the address or the set is wrong."
            )
        if start < partial.size:
            partial.reset()
        if response.status != 416:
            receive(response, partial, wanted.size if end is None else end, Path(wanted.path).name)


def receive(response: HTTPResponse, partial: Partial, end: int | None, name: str) -> None:
    """Append what the server sends up to the end; raise PassingError if it stops before."""
    began, first = time.monotonic(), partial.size
    told, size = began, "?" if end is None else str(end)
    while end is None or partial.size < end:
        try:
            chunk = response.read1(CHUNK if end is None else min(CHUNK, end - partial.size))
        except (OSError, HTTPException) as problem:
            raise PassingError(
                f"{name}: cut at {partial.size} ({type(problem).__name__})."
            ) from None
        if not chunk:
            break
        partial.append(chunk)
        now = time.monotonic()
        if now - told >= PROGRESS_EVERY:
            told, rate = now, int((partial.size - first) / (now - began))
            say(f"{name}: {partial.size} of {size} bytes, {rate} bytes/s")
    if end is not None and partial.size < end:
        raise PassingError(f"{name}: cut at {partial.size} of {end} bytes.")


def known_type(name: str, head: bytes, size: int) -> bool:
    """Say whether the first 9 bytes are of the type the name claims; a pickle never passes."""
    suffix = Path(name).suffix
    if suffix == ".safetensors":
        length = int.from_bytes(head[:8], "little")
        fits = 2 <= length < MAX_SAFETENSORS_HEADER and length <= size - 8
        return fits and head[8:9] == b"{"
    return head.startswith(MAGIC[suffix])


def promote(wanted: Weight, partial: Partial, target: Path) -> None:
    """Give a whole partial its final name, durably; delete one with wrong content."""
    actual = partial.digest.hexdigest()
    if actual != wanted.sha256 and partial.left_over:
        partial.reset()
        raise PassingError(f"{target.name}: the partial left by an earlier run was no good.")
    head = os.pread(partial.file.fileno(), 9, 0)
    if actual != wanted.sha256:
        partial.path.unlink()
        raise WeightsError(
            f"{public(wanted.url)}: SHA-256 is {actual}, expected {wanted.sha256}; deleted:"
            " the file was replaced, or the address or the set is wrong."
        )
    if not known_type(target.name, head, partial.size):
        partial.path.unlink()
        raise WeightsError(
            f"{public(wanted.url)}: starts with {head!r}, which is no {target.suffix}; deleted:"
            " use a GGUF, safetensors or whisper ggml file."
        )
    os.fsync(partial.file.fileno())
    partial.path.replace(target)
    sync_folders(target.parents[:3])


def sync_folders(folders: Sequence[Path]) -> None:
    """Make new names in these folders survive a power cut."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # some network file systems cannot sync a folder
            os.fsync(descriptor)
        os.close(descriptor)


def download(wanted: Weight, options: Options) -> None:
    """Fetch one file, going on where it stopped; failures in a row without progress are bounded."""
    target = options.root / wanted.path
    if target.parent.resolve() != options.root.resolve() / target.parent.relative_to(options.root):
        raise WeightsError(f"{target.parent}: is a link; remove it from the volume.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Partial(target.with_name(f"{target.name}.partial"))
    failures, best = 0, partial.size
    with partial.file:
        while True:
            try:
                if partial.size != wanted.size:
                    stream(wanted, partial, options)
                return promote(wanted, partial, target)
            except PassingError as problem:
                # Progress counts only past the furthest point so far, so the loop always ends.
                failures = 1 if partial.size >= best + CHUNK else failures + 1
                best = max(best, partial.size)
                if failures > options.retries:
                    raise WeightsError(
                        f"{problem} Gave up after {failures} tries; {partial.size} bytes are kept:"
                        " run the weights Job again to go on from there."
                    ) from None
                wait = min(MAX_WAIT, problem.wait or 0.1 * 2 ** min(failures - 1, 10))
                say(f"{problem} Next try in {wait:.1f} s.")
                time.sleep(wait)


def size_of(path: Path) -> int | None:
    """Return the length of a regular file, None where there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def recorded(marker: Path) -> dict[str, int]:
    """Return the sizes by path that a marker holds; nothing if it is absent or broken."""
    try:
        found = cast("dict[str, list[dict[str, object]]]", json.loads(marker.read_text("utf-8")))
        return {str(each["path"]): cast("int", each["size"]) for each in found["files"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def present(wanted: Weight, options: Options, sizes: dict[str, int]) -> bool:
    """Say whether the file is there with its known length, and with `--rehash` its digest."""
    path = options.root / wanted.path
    size = size_of(path)
    if size is None or size != (wanted.size or sizes.get(wanted.path, size)):
        return False
    if not options.rehash:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == wanted.sha256


def check_space(missing: list[Weight], weights: list[Weight], root: Path) -> None:
    """Raise WeightsError if the volume cannot hold what is still to fetch."""
    need = 0
    for each in missing:
        have = size_of(root / f"{each.path}.partial") or 0
        need += max(0, (each.size or each.about) - have)
    free = shutil.disk_usage(root).free
    if need > free:
        wanted = {each.sha256 for each in weights}
        files = sorted((root / "weights").glob("*/*"))
        others = [
            f"{path.relative_to(root)} ({path.lstat().st_size} bytes)"
            for path in files
            if path.parent.name not in wanted
        ]
        raise WeightsError(
            f"{root}: {need - free} bytes are missing ({need} still to fetch, {free} free):"
            f" enlarge the volume, or remove what no set needs; not in this set:"
            f" {', '.join(others) or 'nothing'}."
        )


@contextmanager
def locked(root: Path, timeout: float) -> Generator[None, None, None]:
    """Hold the volume's lock, waiting at most this long for another writer."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with os.fdopen(os.open(root / ".weights.lock", flags, 0o666), "r+b") as file:
        deadline, told = time.monotonic() + timeout, False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise WeightsError(
                        f"{root}: another process has fetched for over {timeout:.0f} s: wait for"
                        " it or stop it, then run the weights Job again."
                    ) from None
            if not told:
                say(f"{root}: another process is fetching; waiting up to {timeout:.0f} s.")
            told = True
            time.sleep(0.1)
        yield


def write_marker(marker: Path, digest: str, weights: list[Weight], root: Path) -> None:
    """Record in one atomic step that the whole set is there."""
    files = [
        {"path": each.path, "sha256": each.sha256, "size": size_of(root / each.path)}
        for each in weights
    ]
    marker.parent.mkdir(exist_ok=True)
    draft = marker.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"version": 1, "digest": digest, "files": files}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(marker)
    sync_folders([marker.parent, root])


def fetch(digest: str, weights: list[Weight], options: Options) -> None:
    """Bring every file of the set onto the volume, then write the set's marker."""
    root, sizes = options.root, dict[str, int]()
    marker = root / ".sets" / f"{digest}.json"
    with locked(root, options.lock_timeout):
        for each in marker.parent.glob("*.json"):
            sizes.update(recorded(each))
        missing = [each for each in weights if not present(each, options, sizes)]
        check_space(missing, weights, root)
        if missing:
            marker.unlink(missing_ok=True)
        for each in missing:
            say(f"{each.path}: fetching from {public(each.url)}")
            download(each, options)
        write_marker(marker, digest, weights, root)
    say(f"{len(weights)} files are there, {len(missing)} of them new: set {digest}")


def check(digest: str, weights: list[Weight], options: Options) -> None:
    """Raise WeightsError unless the set's marker and every file's length say that all is there."""
    marker = options.root / ".sets" / f"{digest}.json"
    sizes, cure = recorded(marker), "run the weights Job again"
    if size_of(marker) is None:
        raise WeightsError(f"{options.root}: does not hold the set {digest}: {cure}.")
    for each in weights:
        size = size_of(options.root / each.path)
        if size is None or size != sizes.get(each.path) or each.size not in (None, size):
            raise WeightsError(f"{each.path}: is not whole on the volume: {cure}.")
    say(f"{len(weights)} files are there: set {digest}")


def positive(text: str) -> float:
    """Return a number of seconds; raise ArgumentTypeError unless it can be waited for."""
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("must be a number of seconds over 0")
    return value


def parse(arguments: list[str]) -> Options:
    """Return the checked command line; exit with 2 on wrong usage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=["fetch", "check"])
    parser.add_argument("--set", type=Path, required=True, help="the set's JSON file")
    parser.add_argument("--root", type=Path, required=True, help="where the volume is mounted")
    parser.add_argument("--allow-http", action="store_true", help="take http addresses too")
    parser.add_argument("--rehash", action="store_true", help="hash the files that are there")
    parser.add_argument("--retries", type=int, default=10, help="failures in a row to bear")
    parser.add_argument("--stall-timeout", type=positive, default=60.0, help="seconds of silence")
    parser.add_argument("--lock-timeout", type=positive, default=3600.0, help="seconds to wait")
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
        digest, weights = read_set(options.set, allow_http=options.allow_http)
        (fetch if options.command == "fetch" else check)(digest, weights, options)
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
