"""A closed site: a bundle is made next to a registry, and unpacked where there is no route."""

import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.homes.containers import (
    PYTHON,
    SERVER,
    Podman,
    archives,
    podman,
    repository,
    weights,
)
from tests.e2e.installed import needs
from tests.e2e.routing.loopback import free_port, wait_until
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e
installed = needs("podman", "skopeo", "docker-registry", "runc", "busybox")
ENGINE = "quay.io/go-skynet/local-ai-backends:v4.9.0-cpu-llama-cpp"
STACK = """\
config:
  localai:namespace: localai-site
  localai:cluster: site
  localai:delivery: compose
  localai:server: {{version: v4.9.0}}
  localai:registry:
    mirrors: {{docker.io: "127.0.0.1:{port}/docker.io", quay.io: "127.0.0.1:{port}/quay.io"}}
  localai:digests:
{digests}
  localai:pools:
    chat:
      models: [tiny]
      cpu: 1
      memory: 3Gi
      storage: {{size: 2Gi}}
"""
REGISTRY = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
# What runs where there is no route: a registry, the import, and the stack as on any server.
INSIDE = """\
set -eu
ip link set lo up
test -z "$(ip route)"
docker-registry serve {folder}/inside.yml > {folder}/inside.log 2>&1 &
registry=$!
trap 'kill $registry' EXIT
until curl -fs -o /dev/null http://127.0.0.1:{port}/v2/; do sleep 0.1; done
{python} -m gitops import bundle {bundle} --out {folder}/site --signers {folder}/signers \\
    --push --plain-http --weights {folder}/data/localai-chat-storage/models
skopeo inspect --tls-verify=false --raw \\
    docker://127.0.0.1:{port}/quay.io/go-skynet/local-ai@{digest} > /dev/null
sh {folder}/etc/update.sh
"""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Where registries are: one with the images, and the digests that it gave them."""

    engine: Podman
    digests: dict[str, str]


@contextmanager
def serving_registry(folder: Path, port: int) -> Generator[None]:
    (folder / "outside.yml").write_text(REGISTRY.format(folder=folder / "outside", port=port))
    process = subprocess.Popen(
        ["docker-registry", "serve", folder / "outside.yml"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        probe = ["curl", "-fs", "-o", "/dev/null", f"http://127.0.0.1:{port}/v2/"]
        wait_until(
            lambda: subprocess.run(probe, check=False).returncode == 0,
            lambda: "the registry is not there",
        )
        yield
    finally:
        process.kill()
        process.wait()


def filled(engine: Podman, images: dict[str, Path], port: int) -> dict[str, str]:
    """Push images to the registry, which then stands for those they are named by."""
    digests: dict[str, str] = {}
    for name, archive in images.items():
        place = f"docker://127.0.0.1:{port}/{name}"
        copy = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", "--format=oci"]
        subprocess.run([*copy, f"docker-archive:{archive}", place], check=True)
        raw = ["skopeo", "inspect", "--tls-verify=false", "--format={{.Digest}}", place]
        digests[name] = subprocess.run(
            raw, capture_output=True, text=True, check=True
        ).stdout.strip()
    engine.registries.write_text(
        "".join(
            f'[[registry]]\nprefix = "{host}"\nlocation = "127.0.0.1:{port}/{host}"\n'
            "insecure = true\n"
            for host in ("docker.io", "quay.io")
        )
    )
    return digests


def test_a_stack_starts_where_there_is_no_network(tmp_path: Path):
    engine = podman(tmp_path / "podman")
    made = archives(tmp_path)
    images = {PYTHON: made[PYTHON], SERVER: made[SERVER], ENGINE: made[PYTHON]}
    outside, inside = free_port(), free_port()
    here = weights(tmp_path)
    bundle = tmp_path / "site.bundle"
    with serving_registry(tmp_path, outside):
        digests = filled(engine, images, outside)
        lines = "\n".join(f"    {name}: {digest}" for name, digest in digests.items())
        source = repository(
            tmp_path / "source", STACK.format(port=inside, digests=lines), {"tiny": here["tiny"]}
        )
        kept = tmp_path / "site.bundle.work/models/weights" / here["tiny"].parent.name
        shutil.copytree(here["tiny"].parent, kept)
        key(tmp_path)
        command = [sys.executable, "-m", "gitops", "export", "bundle", "dev", "--out", bundle]
        done = subprocess.run(
            [*command, "--sign-with", tmp_path / "key"], cwd=source.folder,
            env=engine.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    prepared(tmp_path, engine, inside)
    (tmp_path / "inside.sh").write_text(INSIDE.format(
        folder=tmp_path, port=inside, python=sys.executable, bundle=bundle,
        digest=digests[SERVER],
    ))  # fmt: skip
    try:
        ended = subprocess.run(
            ["unshare", "--net", "--mount", "sh", tmp_path / "inside.sh"], cwd=source.folder,
            env=engine.environment, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        assert "signed by us@example.org" in ended.stderr
        assert ended.stderr.endswith(f"dev: serves {source.head}\n")
        (found,) = json.loads(engine("inspect", "localai-dev_localai-chat_1"))
        assert found["ImageName"].startswith(f"127.0.0.1:{inside}/quay.io/")
        assert found["State"]["Running"]
    finally:
        engine.end()


def key(folder: Path) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True
    )
    (folder / "signers").write_text(f"us@example.org {(folder / 'key.pub').read_text()}")


def prepared(folder: Path, engine: Podman, port: int) -> None:
    """Write what the server inside alone knows, and let its podman trust the registry there."""
    engine.registries.write_text(f'[[registry]]\nlocation = "127.0.0.1:{port}"\ninsecure = true\n')
    (folder / "inside.yml").write_text(REGISTRY.format(folder=folder / "inside", port=port))
    storage = folder / "data/localai-chat-storage/models"
    storage.mkdir(parents=True)
    subprocess.run(["chown", "-R", "10001:10001", folder / "data"], check=True)
    (folder / "etc").mkdir()
    shutil.copy2(ROOT / "gitops/export/update.sh", folder / "etc/update.sh")
    values = {
        "LOCALAI_STACK": "dev", "LOCALAI_STATE": folder / "state",
        "LOCALAI_REPOSITORY": folder / "source", "LOCALAI_DATA": folder / "data",
        "LOCALAI_SECRETS": folder / "secrets", "LOCALAI_CHAT_PORT": free_port(),
        "LOCALAI_READY_SECONDS": 120, "LOCALAI_TOOL": f"{sys.executable} -m gitops",
        "LOCALAI_COMPOSE": engine.compose,
    }  # fmt: skip
    (folder / "etc/.env").write_text("".join(f'{k}="{v}"\n' for k, v in values.items()))
