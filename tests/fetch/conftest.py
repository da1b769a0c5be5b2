"""Fixtures of the weight tests."""

import ssl
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fetch.volume import Volume
from tests.fetch.weight_server import WeightServer, serving


@pytest.fixture
def server() -> Generator[WeightServer, None, None]:
    with serving() as running:
        yield running


@pytest.fixture
def volume(tmp_path: Path, server: WeightServer) -> Volume:
    root = tmp_path / "models"
    root.mkdir()
    return Volume(root=root, set=tmp_path / "set.json", server=server)


@dataclass(frozen=True, kw_only=True)
class SecureServer:
    """A server over TLS and the file that makes a client trust it."""

    server: WeightServer
    authority: Path


@pytest.fixture
def secure(tmp_path: Path) -> Generator[SecureServer, None, None]:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    made += ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    made += ["-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"openssl cannot make a certificate: {problem}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(context) as running:
        yield SecureServer(server=running, authority=certificate)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Generator[Path, None, None]:
    """A file system of one MiB and 24 files; skipped where this user cannot mount one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=24", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"this user cannot mount a tmpfs: {problem}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
