"""A closed site: a bundle is made next to a registry, and unpacked where there is no route."""

import json
from pathlib import Path

import pytest

from tests.e2e.homes.containers import BRIDGE, PYTHON, SERVER, archives, docker, weights
from tests.e2e.homes.site import ENGINE, bundled, opened
from tests.e2e.installed import needs
from tests.e2e.routing.loopback import free_port

pytestmark = pytest.mark.e2e
installed = needs("dockerd", "docker", "skopeo", "docker-registry", "busybox")
POOLS = """\
  localai:pools:
    chat:
      models: [tiny]
      cpu: 1
      memory: 3Gi
      storage: {size: 2Gi}
"""


def test_a_stack_starts_where_there_is_no_network(tmp_path: Path):
    inside, site = free_port(), tmp_path / "site"
    site.mkdir()
    made = archives(tmp_path)
    images = {PYTHON: made[PYTHON], SERVER: made[SERVER], ENGINE: made[PYTHON]}
    with docker(tmp_path / "docker") as engine:
        tiny = {"tiny": weights(tmp_path)["tiny"]}
        source, digests = bundled(tmp_path, engine, inside, POOLS, images, tiny)
        ended = opened(site, engine, source.folder, inside, {"localai-chat": free_port()})
        assert ended.returncode == 0, ended.stderr
        assert "signed by us@example.org" in ended.stderr
        assert ended.stderr.endswith(f"dev: serves {source.head}\n")
        (found,) = json.loads(engine("inspect", "localai-dev-localai-chat-1"))
        assert found["Config"]["Image"].startswith(f"{BRIDGE}:{inside}/quay.io/")
        assert found["State"]["Running"]
        kept = site / "inside/docker/registry/v2/repositories/quay.io/go-skynet/local-ai"
        assert [*kept.rglob(digests[SERVER].removeprefix("sha256:"))]
