"""A volume, a set and the real script, as the tests drive them."""

import hashlib
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from fetch.source import Route
from fetch.transfer import Patience
from fetch.weight_set import Weight, read_set, set_digest
from tests.fetch.weight_server import WeightServer

# As pods run it, but without the packages of this machine as well.
PROGRAM = [sys.executable, "-EsS", "-m", "fetch"]
ROOT = Path(__file__).parents[2]
PLAIN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def gguf(size: int, seed: str = "") -> bytes:
    """Return content of this length that starts as a GGUF file does."""
    block = hashlib.sha512(f"{seed}{size}".encode()).digest()
    return (b"GGUF" + block * (size // len(block) + 1))[:size]


def ticking(seconds: float, retries: int = 0) -> Patience:
    """Return the patience of a fetch whose clock moves by so much at each look, and never waits."""
    clock = itertools.count(0.0, seconds)
    route = Route(allow_http=True, networks=(ip_network("127.0.0.0/8"),))
    return Patience(
        retries=retries, stall_timeout=10, route=route, clock=lambda: next(clock),
        sleep=lambda _: None,
    )  # fmt: skip


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; fail the test after ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        time.sleep(0.005)


def declared(*entries: dict[str, object]) -> str:
    """Return a set as it is written."""
    digest = set_digest([str(entry["path"]) for entry in entries])
    return json.dumps({"version": 1, "digest": digest, "files": entries})


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A folder that stands for the volume, the set's file beside it, and the server."""

    root: Path
    set: Path
    server: WeightServer

    def entry(
        self, name: str, content: bytes, *, sized: bool = True, query: str = ""
    ) -> dict[str, object]:
        """Serve the content and return its entry in the set."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.server.files[f"/{name}"] = content
        return {
            "path": f"weights/{sha256}/{name}",
            "url": self.server.url(f"/{name}") + query,
            "sha256": sha256,
            "size": len(content) if sized else None,
            "about": max(1, len(content)),
        }

    def declare(self, *entries: dict[str, object]) -> None:
        """Write the set's file."""
        self.set.write_text(declared(*entries))

    def weights(self) -> list[Weight]:
        """Return the declared set as the script reads it."""
        return read_set(self.set, allow_http=True, networks=(ip_network("127.0.0.0/8"),))[1]

    @property
    def digest(self) -> str:
        """Return the digest of the declared set."""
        return json.loads(self.set.read_text())["digest"]

    def command(self, command: str, *flags: str) -> list[str]:
        """Return the script's command line."""
        known = ["--root", str(self.root)]
        if command == "check":
            known += ["--digest", self.digest]
        else:
            known += ["--set", str(self.set), "--allow-http", "--network", "127.0.0.0/8"]
            known += ["--network", "::1/128"]
        return [*PROGRAM, command, *known, *flags]

    def start(self, *flags: str, **env: str) -> subprocess.Popen[str]:
        """Start a fetch and return its process."""
        pipe, command = subprocess.PIPE, self.command("fetch", *flags)
        return subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env=PLAIN | env, cwd=ROOT
        )

    def run(
        self,
        command: str,
        *flags: str,
        wrap: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the script to its end; no failure may show a traceback."""
        line, clean = [*wrap, *self.command(command, *flags)], PLAIN | (env or {})
        done = subprocess.run(
            line, capture_output=True, text=True, env=clean, cwd=ROOT, timeout=20, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def fetch(self, *flags: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a fetch that bears one failure in a row, unless the flags say otherwise."""
        return self.run("fetch", "--retries", "1", *flags, env=env)

    def path(self, entry: dict[str, object]) -> Path:
        """Return where the entry's file belongs."""
        return self.root / str(entry["path"])

    def partial(self, entry: dict[str, object]) -> Path:
        """Return where the entry's unfinished file is."""
        return self.root / f"{entry['path']}.partial"

    @property
    def marker(self) -> Path:
        """Return where the set's marker belongs."""
        return self.root / ".sets" / f"{self.digest}.json"
