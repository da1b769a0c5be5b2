"""A closed site: a bundle is made next to a registry, and unpacked where there is no route."""

import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.homes.containers import (
    PYTHON,
    SERVER,
    Docker,
    archives,
    docker,
    repository,
    weights,
)
from tests.e2e.installed import needs
from tests.e2e.routing.loopback import free_port, wait_until
from tests.gitops.checkouts import Checkout
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e
installed = needs("dockerd", "docker", "skopeo", "docker-registry", "busybox")
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
test -z "$(ip route show default)"
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


def filled(engine: Docker, images: dict[str, Path], port: int) -> dict[str, str]:
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


def bundled(folder: Path, engine: Docker, inside: int) -> tuple[Checkout, str]:
    """Make a bundle where registries are; return its repository and the server's digest."""
    made = archives(folder)
    images = {PYTHON: made[PYTHON], SERVER: made[SERVER], ENGINE: made[PYTHON]}
    outside, here = free_port(), weights(folder)["tiny"]
    with serving_registry(folder, outside):
        digests = filled(engine, images, outside)
        lines = "\n".join(f"    {name}: {digest}" for name, digest in digests.items())
        source = repository(
            folder / "source", STACK.format(port=inside, digests=lines), {"tiny": here}
        )
        kept = folder / "site.bundle.work/models/weights" / here.parent.name
        shutil.copytree(here.parent, kept)
        key(folder)
        command = [sys.executable, "-m", "gitops", "export", "bundle", "dev"]
        done = subprocess.run(
            [*command, "--out", folder / "site.bundle", "--sign-with", folder / "key"],
            cwd=source.folder, env=engine.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return source, digests[SERVER]


def test_a_stack_starts_where_there_is_no_network(tmp_path: Path):
    inside = free_port()
    with docker(tmp_path / "docker") as engine:
        source, digest = bundled(tmp_path, engine, inside)
        prepared(tmp_path, engine, inside)
        (tmp_path / "inside.sh").write_text(INSIDE.format(
            folder=tmp_path, port=inside, python=sys.executable, digest=digest,
            bundle=tmp_path / "site.bundle",
        ))  # fmt: skip
        ended = engine.within("sh", tmp_path / "inside.sh", cwd=source.folder, timeout=600)
        assert ended.returncode == 0, ended.stderr
        assert "signed by us@example.org" in ended.stderr
        assert ended.stderr.endswith(f"dev: serves {source.head}\n")
        (found,) = json.loads(engine("inspect", "localai-dev-localai-chat-1"))
        assert found["Config"]["Image"].startswith(f"127.0.0.1:{inside}/quay.io/")
        assert found["State"]["Running"]


def key(folder: Path) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True
    )
    (folder / "signers").write_text(f"us@example.org {(folder / 'key.pub').read_text()}")


def prepared(folder: Path, engine: Docker, port: int) -> None:
    """Write what the server inside alone knows, and let skopeo trust the registry there."""
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
    }  # fmt: skip
    (folder / "etc/.env").write_text("".join(f'{k}="{v}"\n' for k, v in values.items()))
