"""The steps of `apps` and `cd`, run: with a docker that notes what it is told, and a forge."""

import base64
import json
import subprocess
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.project import ROOT
from tests.test_workflows import WORKFLOWS, ran, script

pytestmark = pytest.mark.thorough
DIGEST = f"sha256:{'1' * 64}"
DOCKER = """\
#!/bin/bash
printf '%s\\n' "$*" >> "$TOLD"
while [ $# -gt 0 ]; do
  [ "$1" = --metadata-file ] && printf '{"containerimage.digest": "%s"}' "$ANSWER" > "$2"
  shift
done
"""
CREDENTIAL = ROOT / ".github/cluster_credential.py"


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    return programs


def built(docker: Path, folder: Path, answer: str) -> subprocess.CompletedProcess[str]:
    return ran(
        script("apps", "Build and push"), folder,
        PATH=f"{docker}:/usr/bin:/bin", TOLD=str(folder / "told"), ANSWER=answer, APP="chat",
        BASE=f"registry.test/python@{DIGEST}", TOKEN="not-a-real-token", GITHUB_ACTOR="someone",
        IMAGE="ghcr.io/Team/Models/chat", GITHUB_SHA="a" * 40,
        GITHUB_STEP_SUMMARY=str(folder / "summary"), GITHUB_OUTPUT=str(folder / "output"),
    )  # fmt: skip


def test_an_image_is_pushed_for_a_commit_and_named_by_its_digest(docker: Path, tmp_path: Path):
    done = built(docker, tmp_path, DIGEST)

    assert done.returncode == 0, done.stderr
    told = (tmp_path / "told").read_text()
    assert "--file apps/chat/Dockerfile" in told
    assert f"--build-arg PYTHON_IMAGE=registry.test/python@{DIGEST}" in told
    assert f"--tag ghcr.io/team/models/chat:{'a' * 40} --push" in told
    assert "not-a-real-token" not in told + done.stdout + done.stderr
    assert (tmp_path / "chat.digest").read_text() == f"{DIGEST}\n"
    assert DIGEST in (tmp_path / "summary").read_text()
    signed = f"image=ghcr.io/team/models/chat\ndigest={DIGEST}\n"
    assert (tmp_path / "output").read_text() == signed


def test_a_build_without_a_digest_fails(docker: Path, tmp_path: Path):
    assert built(docker, tmp_path, "latest").returncode != 0
    assert not (tmp_path / "chat.digest").exists()
    assert not (tmp_path / "output").exists()


def test_every_application_has_what_its_workflow_builds():
    for job in WORKFLOWS["apps"]["jobs"].values():
        for app in job["strategy"]["matrix"]["app"]:
            assert (ROOT / "apps" / app / "Dockerfile").is_file()
            assert (ROOT / "tests/apps" / app).is_dir()


def test_a_push_to_main_alone_deploys_and_only_where_it_is_switched_on():
    (job,) = WORKFLOWS["cd"]["jobs"].values()

    assert WORKFLOWS["cd"][True] == {"push": {"branches": ["main"]}}
    assert job["if"] == "vars.PUSH_DELIVERY != ''"
    assert job["environment"] == "push-delivery"


class Forge(BaseHTTPRequestHandler):
    """Gives the identity of a job to whoever has its token."""

    def do_GET(self) -> None:
        claims = {"exp": 2_000_000_000, "aud": self.path.partition("audience=")[2]}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        known = self.headers["Authorization"] == "Bearer of-the-job"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(json.dumps({"value": f"head.{payload}.signature"}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def forge() -> Generator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Forge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/token?api-version=2.0"
        server.shutdown()
        thread.join()


def identity(address: str, bearer: str = "of-the-job") -> subprocess.CompletedProcess[str]:
    return ran(
        f"python3 {CREDENTIAL}", ROOT, ACTIONS_ID_TOKEN_REQUEST_URL=address,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=bearer, CLUSTER_AUDIENCE="https://cluster.test",
    )  # fmt: skip


def test_a_job_shows_the_cluster_the_identity_that_its_forge_gives_it(forge: str):
    found = json.loads(identity(forge).stdout)

    assert found["kind"] == "ExecCredential"
    assert found["status"]["token"].startswith("head.")
    assert found["status"]["expirationTimestamp"] == "2033-05-18T03:33:20Z"


def test_a_job_without_an_identity_is_told_so(forge: str):
    refused, missing = identity(forge, "of-another"), ran(f"python3 {CREDENTIAL}", ROOT)

    assert (refused.returncode, missing.returncode) == (1, 1)
    assert "the forge gives no identity" in refused.stderr
    assert "id-token: write" in missing.stderr


def test_the_kubeconfig_of_a_job_holds_no_secret_and_asks_for_one(tmp_path: Path):
    authority = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
    done = ran(
        script("cd", "Say where the cluster is"), tmp_path, KUBECONFIG=str(tmp_path / "config"),
        RUNNER_TEMP=str(tmp_path), SERVER="https://cluster.test:6443", AUTHORITY=authority,
        AUDIENCE="https://cluster.test",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    written: dict[str, Any] = yaml.safe_load((tmp_path / "config").read_text())
    (user,) = written["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["args"] == [f"{tmp_path}/.github/cluster_credential.py"]
    (cluster,) = written["clusters"]
    assert cluster["cluster"]["certificate-authority-data"] == authority
