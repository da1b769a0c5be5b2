"""A site without a network: a bundle is made next to a registry, and unpacked where no route is."""

import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gitops.export.gpus import variable
from tests.e2e.homes.containers import BRIDGE, Docker, repository
from tests.e2e.routing.loopback import free_port, wait_until
from tests.gitops.checkouts import Checkout

ENGINE = "quay.io/go-skynet/local-ai-backends:v4.9.0-cpu-llama-cpp"
# What every such stack says; the rest follows, from `localai:pools` on.
_STACK = """\
config:
  localai:namespace: localai-site
  localai:cluster: site
  localai:delivery: compose
  localai:server: {{version: v4.9.0}}
  localai:registry:
    mirrors: {{docker.io: "{bridge}:{port}/docker.io", quay.io: "{bridge}:{port}/quay.io"}}
  localai:digests:
{digests}
"""
_REGISTRY = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "{host}:{port}"}}
"""
# What runs where there is no route: a registry, the import, and the stack as on any server.
_INSIDE = """\
set -eu
test -z "$(ip route show default)"
docker-registry serve {folder}/inside.yml > {folder}/inside.log 2>&1 &
registry=$!
trap 'kill $registry' EXIT
until curl -fs -o /dev/null http://{host}:{port}/v2/; do sleep 0.1; done
{python} -m gitops import bundle {bundle} --out {folder}/site --signers {signers} \\
    --push --plain-http {weights}
cp -R {folder}/site/stacks/dev/compose {folder}/etc
mv {folder}/etc/env {folder}/etc/.env
cat {folder}/here.env >> {folder}/etc/.env
sh {folder}/etc/update.sh
"""


@contextmanager
def serving_registry(folder: Path, port: int) -> Generator[None]:
    (folder / "outside.yml").write_text(
        _REGISTRY.format(folder=folder / "outside", host="127.0.0.1", port=port)
    )
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


def filled(engine: Docker, images: Mapping[str, Path], port: int) -> dict[str, str]:
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


def bundled(
    folder: Path,
    engine: Docker,
    port: int,
    rest: str,
    images: Mapping[str, Path],
    weights: Mapping[str, Path],
) -> tuple[Checkout, Mapping[str, str]]:
    """Make `site.bundle` where registries are; return its repository, and digests of images.

    Its stack pulls from a registry at a port of the site; `rest` ends the stack file.
    """
    with serving_registry(folder, outside := free_port()):
        digests = filled(engine, images, outside)
        lines = "\n".join(f"    {name}: {digest}" for name, digest in digests.items())
        stack = _STACK.format(bridge=BRIDGE, port=port, digests=lines) + rest
        source = repository(folder / "source", stack, weights)
        for here in weights.values():
            kept = folder / "site.bundle.work/models/weights" / here.parent.name
            shutil.copytree(here.parent, kept, dirs_exist_ok=True)
        key(folder)
        command = [sys.executable, "-m", "gitops", "export", "bundle", "dev"]
        done = subprocess.run(
            [*command, "--out", folder / "site.bundle", "--sign-with", folder / "key"],
            cwd=source.folder, env=engine.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return source, digests


def key(folder: Path) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True
    )
    (folder / "signers").write_text(f"us@example.org {(folder / 'key.pub').read_text()}")


def opened(
    folder: Path,
    engine: Docker,
    repository: Path,
    port: int,
    pools: Mapping[str, int],
    others: Mapping[str, int] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Start the stack from the bundle next to what holds Git, with its registry at a port.

    `pools` and `others` are where services are asked, by the names that pods have.
    """
    engine.registries.write_text(f'[[registry]]\nlocation = "{BRIDGE}:{port}"\ninsecure = true\n')
    (folder / "inside.yml").write_text(
        _REGISTRY.format(folder=folder / "inside", host=BRIDGE, port=port)
    )
    weights: list[str] = []
    for name in pools:
        storage = folder / f"data/{name}-storage/models"
        storage.mkdir(parents=True)
        weights.append(f"--weights {storage}")
    subprocess.run(["chown", "-R", "10001:10001", folder / "data"], check=True)
    values = {
        "LOCALAI_STACK": "dev", "LOCALAI_STATE": folder / "state",
        "LOCALAI_REPOSITORY": repository, "LOCALAI_DATA": folder / "data",
        "LOCALAI_SECRETS": folder / "secrets", "LOCALAI_READY_SECONDS": 120,
        "LOCALAI_TOOL": f"{sys.executable} -m gitops",
        **{variable(name, "PORT"): one for name, one in {**pools, **(others or {})}.items()},
    }  # fmt: skip
    (folder / "here.env").write_text("".join(f'{k}="{v}"\n' for k, v in values.items()))
    (folder / "inside.sh").write_text(_INSIDE.format(
        folder=folder, host=BRIDGE, port=port, python=sys.executable, weights=" ".join(weights),
        bundle=repository.with_name("site.bundle"), signers=repository.with_name("signers"),
    ))  # fmt: skip
    return engine.within("sh", folder / "inside.sh", cwd=folder, timeout=600)
