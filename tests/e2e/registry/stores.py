"""What a registry keeps its data in: Debian's PostgreSQL, and SeaweedFS in place of S3."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sandbox.cluster.netns import enter
from tests.e2e.locked import locked
from tests.e2e.routing.loopback import HOST, free_port, wait_until
from tests.support.project import ROOT

LOCK = ROOT / "requirements-mlflow.txt"
PASSWORD = "not-a-real-password"
_ASK = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)"
KEY, SECRET = "registry", "not-a-real-secret-key"


def programs() -> Path:
    """Return the folder of the locked programs: mlflow, weed, rclone and their python."""
    return locked("mlflow", LOCK)


@dataclass(kw_only=True)
class Program:
    """A program that can be ended and started again; what it says is in its log."""

    command: Sequence[str | Path]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    ready: str
    netns: str = ""
    _running: subprocess.Popen[bytes] | None = None

    @property
    def inside(self) -> list[str]:
        """Return the words before a command that reaches it, where its loopback is not ours."""
        return enter(self.netns) if self.netns else []

    @property
    def log(self) -> Path:
        return self.folder / f"{Path(self.command[0]).name}.log"

    def start(self, seconds: float = 120) -> None:
        """Start it, and wait until the address `ready` is answered."""
        with self.log.open("ab") as sink:
            self._running = subprocess.Popen(
                [*self.inside, *self.command],
                env=self.environment,
                cwd=self.folder,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        wait_until(self.is_ready, self.said, seconds)

    def is_ready(self) -> bool:
        """Return whether it answers; raises AssertionError where it ended."""
        assert self._running
        assert self._running.poll() is None, self.said()
        command = [*self.inside, sys.executable, "-c", _ASK, self.ready]
        return not subprocess.run(command, capture_output=True, check=False).returncode

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def stop(self) -> None:
        """Let it end by itself, as a pod is asked to."""
        if self._running:
            self._running.terminate()
            self._running.wait(60)
            self._running = None

    def kill(self) -> None:
        """End it at once, without a chance to tidy up."""
        if self._running:
            # With those that it has started.
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait(60)
            self._running = None


@dataclass(frozen=True, kw_only=True)
class Database:
    """A PostgreSQL server of Debian's on the loopback."""

    folder: Path
    bin: Path
    port: int

    @property
    def address(self) -> str:
        """Return the part of a URL that says who connects, with which password, and where."""
        return f"postgres:{PASSWORD}@{HOST}:{self.port}"

    def start(self) -> None:
        options = f"-k {self.folder} -p {self.port} -c listen_addresses={HOST}"
        self.run(self.bin / "pg_ctl", "-D", self.data, "-w", "-l", self.log, "-o", options, "start")

    def kill(self) -> None:
        """End it as a power cut would: no checkpoint, recovery at the next start."""
        self.run(self.bin / "pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def query(self, database: str, statement: str) -> str:
        """Return what psql answers, without headings."""
        options = ["-h", str(self.folder), "-p", str(self.port), "-At", "-d", database]
        return self.run("psql", *options, "-c", statement).strip()

    def run(self, *words: str | Path) -> str:
        own = ["runuser", "-u", "postgres", "--", *words]
        done = subprocess.run(own, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"


@contextmanager
def database(*names: str) -> Generator[Database]:
    """Run PostgreSQL with these empty databases; fails where Debian has it not."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.fail("Debian's package postgresql is not installed: apt-get install postgresql")
    with TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        shutil.chown(folder, "postgres")
        made = Database(folder=Path(folder), bin=found[-1], port=free_port())
        (made.folder / "password").write_text(PASSWORD)
        (made.folder / "password").chmod(0o644)
        made.run(
            made.bin / "initdb", "-D", made.data, "-U", "postgres", "--auth-local=trust",
            "--auth-host=scram-sha-256", f"--pwfile={made.folder / 'password'}",
        )  # fmt: skip
        made.start()
        try:
            for name in names:
                made.query("postgres", f'create database "{name}"')
            yield made
        finally:
            made.kill()


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """SeaweedFS with an S3 port; no other port of it asks for a login."""

    program: Program
    address: str

    def rclone(self, *words: str | Path) -> str:
        """Run rclone, which knows the store as `store:`; return what it says."""
        command = [*self.program.inside, programs() / "rclone", *words]
        done = subprocess.run(
            command, env=self.variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def objects(self, bucket: str) -> set[str]:
        """Return the keys of a bucket."""
        return set(self.rclone("lsf", "-R", "--files-only", f"store:{bucket}").split())

    @property
    def variables(self) -> dict[str, str]:
        """Return what tells rclone of the store."""
        said = {
            "TYPE": "s3", "PROVIDER": "SeaweedFS", "ENDPOINT": self.address,
            "ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET,
        }  # fmt: skip
        return {f"RCLONE_CONFIG_STORE_{name}": value for name, value in said.items()}


@contextmanager
def object_store(folder: Path, *buckets: str, netns: str = "") -> Generator[ObjectStore]:
    """Run SeaweedFS with these empty buckets, on our loopback or that of a sandbox."""
    folder.mkdir(parents=True)
    users = {"name": KEY, "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
    (folder / "s3.json").write_text(json.dumps({"identities": [{**users, "actions": ["Admin"]}]}))
    s3 = free_port()
    ports = {
        name: free_port()
        for one in ("master", "volume", "filer")
        for name in (f"{one}.port", f"{one}.port.grpc")
    }
    # What is not wanted would listen at ports that two servers cannot share.
    unwanted = dict.fromkeys(("s3.port.iceberg", "s3.port.lance", "metricsPort"), 0)
    ports |= {"s3.port": s3, "s3.port.grpc": free_port(), **unwanted}
    command = [
        programs() / "weed", "server", "-filer", "-s3", f"-s3.config={folder / 's3.json'}",
        f"-ip={HOST}", f"-ip.bind={HOST}", f"-dir={folder}", "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64", "-volume.max=30",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    address = f"http://{HOST}:{s3}"
    program = Program(
        command=command,
        folder=folder,
        ready=f"{address}/healthz",
        environment={"HOME": str(folder)},
        netns=netns,
    )
    store = ObjectStore(program=program, address=address)
    program.start()
    try:
        for bucket in buckets:
            store.rclone("mkdir", f"store:{bucket}")
        yield store
    finally:
        # It takes half a minute to say goodbye.
        program.kill()
