import json
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from sandbox.toolchain import fetch
from sandbox.toolchain.fetch import FetchError, check_redirect, digest_in, file, text
from tests.sandbox.toolchain.release_server import serving, sha256

CONTENT = b"content" * 1000
DIGEST = "a" * 64


def test_a_file_with_its_digest_is_written(tmp_path: Path):
    with serving({"tool": CONTENT}) as address:
        file(f"{address}/tool", tmp_path / "tool", sha256(CONTENT))
    assert (tmp_path / "tool").read_bytes() == CONTENT


def test_a_changed_file_is_refused(tmp_path: Path):
    with serving({"tool": CONTENT}) as address, pytest.raises(FetchError, match="its digest"):
        file(f"{address}/tool", tmp_path / "tool", DIGEST)


def test_a_file_cut_short_is_refused(tmp_path: Path):
    with (
        serving({"tool": CONTENT}, short="tool") as address,
        pytest.raises(FetchError, match="cut sho"),
    ):
        file(f"{address}/tool", tmp_path / "tool", sha256(CONTENT))


def test_a_missing_file_is_told_with_the_host_and_the_name():
    with serving({}) as address, pytest.raises(FetchError, match=r"127.* give tool \(HTTP 404\)"):
        text(f"{address}/tool")


def test_nobody_at_the_address_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(FetchError, match="refused"):
        text(f"http://127.0.0.1:{port}/SHA256SUMS")


def test_a_server_that_says_nothing_is_left_after_a_short_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetch, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(FetchError, match="timed out"):
            text(f"http://127.0.0.1:{silent.getsockname()[1]}/SHA256SUMS")
    assert time.monotonic() - started < 5


def test_a_secure_address_may_not_lead_to_an_open_one():
    check_redirect("https://a.example/x", "https://b.example/x")
    with pytest.raises(FetchError, match="without encryption"):
        check_redirect("https://a.example/x", "http://b.example/x")


@pytest.mark.parametrize(
    "listing",
    [
        f"{'b' * 64}  other\n{DIGEST}  tool\n",
        f"{DIGEST} *tool\n",
        f"{DIGEST}\n",
        json.dumps({"assets": [{"name": "tool", "digest": f"sha256:{DIGEST}"}]}),
    ],
)
def test_every_kind_of_list_tells_the_digest(listing: str):
    assert digest_in(listing, "tool") == DIGEST


@pytest.mark.parametrize(
    "listing",
    [
        "",
        "<html>not found</html>",
        f"{DIGEST}  other\n",
        "abc  tool\n",
        "{",
        "{}",
        json.dumps({"assets": [{"name": "tool", "digest": None}]}),
    ],
)
def test_a_file_without_a_digest_is_refused(listing: str):
    with pytest.raises(FetchError, match="no digest of tool"):
        digest_in(listing, "tool")


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes a certificate with openssl")
def test_a_certificate_must_be_of_somebody_who_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    certificate, key = certificate_of("127.0.0.1", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving({"tool": CONTENT}, tls=context) as address:
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            text(f"{address}/tool")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert text(f"{address}/tool").encode() == CONTENT


def certificate_of(address: str, folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    what = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    who = ["-subj", "/CN=local", "-addext", f"subjectAltName=IP:{address}"]
    where = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(["openssl", "req", *what, *who, *where], check=True, capture_output=True)
    return certificate, key
