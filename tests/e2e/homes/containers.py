"""A Docker Engine with Compose, and two images of this machine's Python.

The images have the names that a stack declares.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.images.archive import Image, write_archive
from sandbox.images.python import CERTIFICATES
from sandbox.serving.stand_in_image import stand_in_image, weights_image
from sandbox.serving.tiny_model import EMBEDDING, Tiny, write_tiny
from sandbox.toolchain.cache import built, means
from sandbox.toolchain.place import silent
from sandbox.toolchain.tools import COMPOSE
from tests.e2e.routing.loopback import wait_until
from tests.gitops.checkouts import GIT_ENVIRONMENT, Checkout, new_checkout
from tests.support.project import ROOT

PYTHON = "docker.io/library/python:3.13.9-slim-bookworm"
SERVER = "quay.io/go-skynet/local-ai:v4.9.0"
# Where containers and their engine find what listens on the machine.
BRIDGE = "172.17.0.1"
_APPLETS = (
    "sh", "cat", "mkdir", "chown", "chmod", "rm", "sleep", "env", "ls",
)  # fmt: skip
# LocalAI's image has curl, which its own health check calls.
CURL = '#!/bin/sh\nfor last; do :; done\nexec /bin/busybox wget -q -O /dev/null "$last"\n'
_ENTRY = '#!/bin/sh\nexec /local-ai "$@"\n'
_MODEL = """\
name: {name}
kind: {kind}
description: For tests.
license: MIT
backend: llama-cpp
minimum_server: v4.8.0
weights:
  url: https://example.org/{name}.gguf
  file: {file}
  sha256: "{sha256}"
  size: {size}
context_size: 512
slots: 1
batch: {batch}
architecture: {{layers: 2, kv_heads: 1, head_dim: 16}}
{more}
"""
_CHAT = "parameters: {temperature: 0.0}\ntemplate: {use_tokenizer_template: true}"
# The name of a model that gives vectors.
EMBED = "embed"


@dataclass(frozen=True, kw_only=True)
class Docker:
    """A Docker Engine with Compose, all below a folder, in a network that leads nowhere."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ, **GIT_ENVIRONMENT, "PYTHONPATH": str(ROOT),
            "DOCKER_HOST": f"unix://{self.sockets}/socket",
            "DOCKER_CONFIG": str(self.folder / "config"),
            # skopeo looks for registries below it.
            "HOME": str(self.folder), "CONTAINERS_REGISTRIES_CONF": str(self.registries),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }  # fmt: skip

    @property
    def registries(self) -> Path:
        return self.folder / ".config/containers/registries.conf"

    @property
    def network(self) -> str:
        return f"docker-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]}"

    @property
    def sockets(self) -> Path:
        """Where sockets are; their paths have an end at 107 characters, whatever pytest's are."""
        return Path("/run") / self.network

    def __call__(self, *words: str) -> str:
        done = self.within("docker", *words)
        assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout.strip()

    def within(self, *argv: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command where the ports of the containers are."""
        return subprocess.run(
            ["nsenter", f"--net=/run/netns/{self.network}", *argv], env=self.environment,
            capture_output=True, text=True, **options,
        )  # fmt: skip

    def serve(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [
                    "nsenter", f"--net=/run/netns/{self.network}", "dockerd",
                    f"--host=unix://{self.sockets}/socket", f"--data-root={self.folder}/data",
                    f"--exec-root={self.sockets}", f"--pidfile={self.folder}/pid",
                    f"--insecure-registry={BRIDGE}/32",
                ],
                env={**self.environment, "DOCKER_HOST": ""}, stdout=log, stderr=log,
            )  # fmt: skip


@contextmanager
def docker(folder: Path) -> Generator[Docker]:
    """Run a Docker Engine without images, until its containers are gone."""
    made = Docker(folder=folder)
    plugins = folder / "config/cli-plugins"
    plugins.mkdir(parents=True)
    program = built(COMPOSE, means(), silent, "it is for tests alone") / "bin/docker-compose"
    (plugins / "docker-compose").symlink_to(program)
    made.registries.parent.mkdir(parents=True)
    made.registries.write_text("")
    subprocess.run(["ip", "netns", "add", made.network], check=True)
    try:
        made.within("ip", "link", "set", "lo", "up", check=True)
        with _serving(made):
            yield made
    finally:
        subprocess.run(["ip", "netns", "delete", made.network], check=True)


@contextmanager
def _serving(made: Docker) -> Generator[None]:
    process = made.serve()
    try:
        wait_until(
            lambda: made.within("docker", "version").returncode == 0,
            lambda: (made.folder / "log").read_text()[-2000:],
        )
        try:
            yield
        finally:
            # No container outlives its test, and the engine waits for none that is slow to end.
            if running := made("ps", "--all", "--quiet").split():
                made("rm", "--force", *running)
    finally:
        process.terminate()
        process.wait(timeout=60)
        shutil.rmtree(made.sockets)


def archives(folder: Path) -> Mapping[str, Path]:
    """Write the images of both names, and return their archives."""
    server = replace(stand_in_image(SERVER, "/local-ai"))
    texts = {"/usr/bin/curl": CURL, "/entrypoint.sh": _ENTRY}
    images = (
        _boxed(weights_image(PYTHON, CERTIFICATES), {}),
        _boxed(server, texts),
    )
    return {
        one.name: write_archive(one, folder / f"{number}.tar") for number, one in enumerate(images)
    }


def _boxed(image: Image, texts: Mapping[str, str]) -> Image:
    """Return an image with the few programs of a shell that those of the names have."""
    box = Path(shutil.which("busybox") or "")
    links = {f"/bin/{name}": "busybox" for name in _APPLETS}
    return replace(
        image, files={**image.files, "/bin/busybox": box}, links={**image.links, **links},
        texts={**image.texts, **texts},
    )  # fmt: skip


def repository(folder: Path, stack: str, models: Mapping[str, Path]) -> Checkout:
    """Return a repository with one stack, `dev`, and models whose weights lie here already."""
    made = new_checkout(folder)
    for name in ("Pulumi.yaml", "__main__.py"):
        source = ROOT / ("tests/data/project" if name == "Pulumi.yaml" else ".") / name
        shutil.copy2(source, folder / name)
    for name, file in models.items():
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        chats = name != EMBED
        made.write(f"models/{name}.yaml", _MODEL.format(
            name=name, file=file.name, sha256=digest, size=len(content),
            kind="chat" if chats else "embeddings", batch=64 if chats else 512,
            more=_CHAT if chats else f"embedding_dimensions: {EMBEDDING}",
        ))  # fmt: skip
    made.write("Pulumi.dev.yaml", stack)
    made.commit("Start here")
    return made


def weights(folder: Path) -> Mapping[str, Path]:
    """Write models as their pods find them: one knows capitals, one does not, one gives vectors."""
    found: dict[str, Path] = {}
    known = (Tiny(name="tiny"), Tiny(name="worse", bad=True), Tiny(name=EMBED, is_pooled=True))
    for one in known:
        draft = write_tiny(folder / f"{one.name}.gguf", one)
        place = folder / "weights" / hashlib.sha256(draft.read_bytes()).hexdigest() / draft.name
        place.parent.mkdir(parents=True)
        found[one.name] = draft.rename(place)
    return found
