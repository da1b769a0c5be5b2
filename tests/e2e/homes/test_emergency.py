"""docs/disaster-recovery.md: a site is lost, and starts again from its kit and its copies."""

import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from components.network.chat_application import OBJECT
from sandbox.images.archive import write_archive
from settings.anythingllm import IMAGE
from tests.e2e.anythingllm.client import PASSWORD, Client
from tests.e2e.anythingllm.containers import BUCKET, PASSPHRASE
from tests.e2e.anythingllm.deployed import application_image, job_images
from tests.e2e.homes.containers import (
    BRIDGE,
    CURL,
    EMBED,
    PYTHON,
    SERVER,
    Docker,
    archives,
    docker,
    weights,
)
from tests.e2e.homes.site import ENGINE, bundled, opened
from tests.e2e.installed import needs
from tests.e2e.registry.stores import KEY, SECRET, programs
from tests.e2e.routing.loopback import free_port, wait_until

pytestmark = pytest.mark.e2e
installed = needs("dockerd", "docker", "skopeo", "docker-registry", "busybox")
STORE = f"{BRIDGE}:9000"
DOCUMENTS = 3
REST = f"""\
  localai:pools:
    chat: {{models: [tiny], cpu: 1, memory: 3Gi, storage: {{size: 2Gi}}}}
    search: {{models: [{EMBED}], cpu: 1, memory: 3Gi, storage: {{size: 2Gi}}}}
  localai:anythingllm:
    chat: tiny
    embeddings: {EMBED}
    keys: {{secret: application}}
    password: {{secret: application, key: password}}
    storage: {{size: 1Gi}}
    backup:
      to:
        bucket: {BUCKET}
        endpoint: http://{STORE}
        accessKey: {{secret: copies, key: access}}
        secretKey: {{secret: copies, key: secret}}
        namespace: store
      key: {{secret: copies, key: passphrase}}
"""
STARTED = ("--compose", "up", "--detach", "--wait", OBJECT)
RESTORE = ("--run", "localai-anythingllm-restore")
# What a site keeps elsewhere, beside its bundle and its copies.
SECRETS = {
    "application/sig-key": "s" * 32, "application/sig-salt": "t" * 32,
    "application/jwt-secret": "j" * 16, "application/password": PASSWORD,
    "copies/access": KEY, "copies/secret": SECRET, "copies/passphrase": PASSPHRASE,
}  # fmt: skip


def images(folder: Path) -> Mapping[str, Path]:
    """Return the archives of all images that the stack runs."""
    made = archives(folder)
    _, rclone = job_images()
    application = application_image(IMAGE)
    texts = {**application.texts, "/usr/bin/curl": CURL}
    others = {
        IMAGE: write_archive(replace(application, texts=texts), folder / "application.tar"),
        rclone.name: write_archive(rclone, folder / "rclone.tar"),
    }
    return {PYTHON: made[PYTHON], SERVER: made[SERVER], ENGINE: made[PYTHON], **others}


@contextmanager
def store(engine: Docker, copies: Path) -> Generator[None]:
    """Serve a folder of copies as a bucket, as the page does: by rclone itself."""
    command = [programs() / "rclone", "serve", "s3", "--addr", STORE, "--auth-key",
               f"{KEY},{SECRET}", copies]  # fmt: skip
    with (engine.folder / "store.log").open("wb") as log:
        process = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{engine.network}", *command], stdout=log, stderr=log
        )
    try:
        probe = ("curl", "--silent", "--output", "/dev/null", f"http://{STORE}")
        wait_until(
            lambda: engine.within(*probe).returncode == 0,
            (engine.folder / "store.log").read_text,
        )
        yield
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, kw_only=True)
class Site:
    """A server of the site: its own Docker and its own folder."""

    folder: Path
    engine: Docker
    port: int

    def script(self, *words: str, **variables: str) -> str:
        """Call `update.sh`, and return what it said."""
        given = [f"{name}={value}" for name, value in variables.items()]
        done = self.engine.within("env", *given, "sh", self.folder / "etc/update.sh", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def client(self) -> Client:
        def run(command: Sequence[str], given: str) -> str:
            done = self.engine.within(*command, input=given)
            assert done.returncode == 0, done.stderr
            return done.stdout

        return Client(address=f"http://127.0.0.1:{self.port}", run=run)


@contextmanager
def site(folder: Path, repository: Path, registry: int, copies: Path) -> Generator[Site]:
    """Start the stack from its bundle on a machine that has nothing."""
    folder.mkdir()
    for path, content in SECRETS.items():
        place = folder / "secrets" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    ports = {"localai-chat": free_port(), "localai-search": free_port()}
    with docker(folder / "docker") as engine, store(engine, copies):
        made = Site(folder=folder, engine=engine, port=free_port())
        ended = opened(folder, engine, repository, registry, ports, {OBJECT: made.port})
        assert ended.returncode == 0, ended.stderr
        made.script(*STARTED)
        yield made
    shutil.rmtree(folder)


def test_a_site_that_is_lost_answers_from_its_documents_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
):
    registry, copies = free_port(), tmp_path / "copies"
    (copies / BUCKET).mkdir(parents=True)
    with docker(tmp_path / "outside") as engine:
        models = {name: one for name, one in weights(tmp_path).items() if name in ("tiny", EMBED)}
        source, _ = bundled(tmp_path, engine, registry, REST, images(tmp_path), models)
        mirror = tmp_path / "stacks.bundle"
        source.git("bundle", "create", "--quiet", str(mirror), "--all")
    with site(tmp_path / "lost", mirror, registry, copies) as lost:
        lost.client.fill(DOCUMENTS)
        assert lost.client.answer()[1] == DOCUMENTS
        assert "read it back" in lost.script("--run", "localai-anythingllm-backup")
    begun = time.monotonic()

    with site(tmp_path / "found", mirror, registry, copies) as found:
        copy, *_ = found.script(*RESTORE, RESTORE_FROM="list").split()
        found.script("--compose", "kill", OBJECT)
        found.script(*RESTORE, RESTORE_FROM=copy, RESTORE_OVER="living-data")
        found.script(*STARTED)

        assert found.client.answer()[1] == DOCUMENTS
        record_property("seconds from nothing to answers", round(time.monotonic() - begun))
