"""Real containers of podman: two images of this machine's Python, and a Compose of podman's.

The images have the names that a stack declares. Podman of Debian 12 (4.3) starts nothing that
depends on a container that ended, and asks about health by timers of systemd, which does not run
here: `COMPOSE` takes both out of the file and hands it to podman-compose, told to start the
servers alone: where one of them changed, it forgets the containers that had ended. What is prepared
before is thus not waited for again, and readiness is what the script itself asks.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.images.archive import Image, write_archive
from sandbox.images.python import CERTIFICATES
from sandbox.serving.stand_in_image import stand_in_image, weights_image
from sandbox.serving.tiny_model import Tiny, write_tiny
from tests.gitops.checkouts import GIT_ENVIRONMENT, Checkout, new_checkout
from tests.support.project import ROOT

PYTHON = "docker.io/library/python:3.13.9-slim-bookworm"
SERVER = "quay.io/go-skynet/local-ai:v4.9.0"
_APPLETS = (
    "sh", "cat", "mkdir", "chown", "chmod", "rm", "sleep", "env", "ls",
)  # fmt: skip
# LocalAI's image has curl, which its own health check calls.
_CURL = '#!/bin/sh\nfor last; do :; done\nexec /bin/busybox wget -q -O /dev/null "$last"\n'
_ENTRY = '#!/bin/sh\nexec /local-ai "$@"\n'
COMPOSE = """\
#!{python}
import os, sys, yaml
from pathlib import Path
words = sys.argv[1:]
if "--file" in words:
    at = words.index("--file") + 1
    file = Path(words[at])
    made = yaml.safe_load(file.read_text())
    ended = {{name for name, one in made["services"].items() if one.get("restart") == "no"}}
    for one in made["services"].values():
        one.pop("healthcheck", None)
        waits = one.get("depends_on", {{}})
        one["depends_on"] = {{name: how for name, how in waits.items() if name not in ended}}
    if "up" in words:
        words += ["--no-deps", *(name for name in made["services"] if name not in ended)]
    words[at] = str(file.with_name(f".podman.{{file.name}}"))
    Path(words[at]).write_text(yaml.safe_dump(made))
os.execv(sys.executable, [sys.executable, "-m", "podman_compose", *words])
"""
_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
[network]
network_backend = "netavark"
"""
_STORAGE = '[storage]\ndriver = "vfs"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/graph"\n'
_MODEL = """\
name: {name}
kind: chat
description: For tests.
license: MIT
backend: llama-cpp
minimum_server: v4.8.0
weights:
  url: https://example.org/{name}.gguf
  file: {name}.gguf
  sha256: "{sha256}"
  size: {size}
context_size: 512
slots: 1
batch: 64
parameters: {{temperature: 0.0}}
template: {{use_tokenizer_template: true}}
architecture: {{layers: 2, kv_heads: 1, head_dim: 16}}
"""


@dataclass(frozen=True, kw_only=True)
class Podman:
    """A podman of its own, with images and containers below a folder."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ, **GIT_ENVIRONMENT, "PYTHONPATH": str(ROOT),
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            # skopeo looks for registries below it.
            "HOME": str(self.folder), "CONTAINERS_REGISTRIES_CONF": str(self.registries),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }  # fmt: skip

    @property
    def registries(self) -> Path:
        return self.folder / ".config/containers/registries.conf"

    @property
    def compose(self) -> Path:
        return self.folder / "compose"

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            ["podman", *words], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def end(self) -> None:
        """Remove every container, and what they leave mounted."""
        for words in (["rm", "--all", "--force", "--time=0"], ["network", "prune", "--force"]):
            subprocess.run(
                ["podman", *words], env=self.environment, capture_output=True, check=False
            )


def podman(folder: Path) -> Podman:
    """Return a podman without images."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "containers.conf").write_text(_CONTAINERS)
    (folder / "storage.conf").write_text(_STORAGE.format(folder=folder))
    made = Podman(folder=folder)
    made.registries.parent.mkdir(parents=True)
    made.registries.write_text("")
    made.compose.write_text(COMPOSE.format(python=sys.executable))
    made.compose.chmod(0o755)
    return made


def archives(folder: Path) -> Mapping[str, Path]:
    """Write the images of both names, and return their archives."""
    server = replace(stand_in_image(SERVER, "/local-ai"))
    texts = {"/usr/bin/curl": _CURL, "/entrypoint.sh": _ENTRY}
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
        made.write(
            f"models/{name}.yaml", _MODEL.format(name=name, sha256=digest, size=len(content))
        )
    made.write("Pulumi.dev.yaml", stack)
    made.commit("Start here")
    return made


def weights(folder: Path) -> Mapping[str, Path]:
    """Write a model that knows capitals and one that does not, as their pods find them."""
    found: dict[str, Path] = {}
    for name, bad in (("tiny", False), ("worse", True)):
        draft = write_tiny(folder / f"{name}.gguf", Tiny(name=name, bad=bad))
        place = folder / "weights" / hashlib.sha256(draft.read_bytes()).hexdigest() / draft.name
        place.parent.mkdir(parents=True)
        found[name] = draft.rename(place)
    return found
