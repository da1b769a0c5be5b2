"""The policy pack, started by the real engine and asked about the resources of a stack."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from package.wheel import ROOMS
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine
from tests.e2e.program import CHECKOUT, edit, running

pytestmark = pytest.mark.e2e

RULE = "root-file-system-read-only"
SOON = (date.today() + timedelta(days=30)).isoformat()


def uv(*words: str) -> None:
    subprocess.run([Path(sys.executable).with_name("uv"), *words, "--quiet"], check=True)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack with an environment of its own; `bin` beside it holds what starts it.

    The language host of the sandbox is too old to start packs: the engine looks for a program
    that is named after the pack's runtime, and hands it the same addresses.
    """
    folder = tmp_path_factory.mktemp("pack")
    for room in (*ROOMS, "policy"):
        shutil.copytree(CHECKOUT / room, folder / room)
    uv("venv", "--python", sys.executable, str(folder / "environment"))
    python = folder / "environment" / "bin" / "python"
    locked = str(CHECKOUT / "policy" / "requirements.txt")
    uv("pip", "install", "--python", str(python), "--require-hashes", "-r", locked)
    project = folder / "policy" / "PulumiPolicy.yaml"
    project.write_text("runtime: pack\nversion: 1.0.0\n", encoding="utf-8")
    start = folder / "bin" / "pulumi-analyzer-policy-pack"
    start.parent.mkdir()
    start.write_text(f'#!/bin/sh\nexec {python} "$2" "$1"\n', encoding="utf-8")
    start.chmod(0o755)
    return project.parent


@pytest.fixture
def dev(cluster: Sandbox, pack: Path, tmp_path: Path) -> Generator[Engine]:
    with running(cluster, tmp_path, "dev") as made:
        path = os.pathsep.join([str(pack.parent / "bin"), made.environment["PATH"]])
        yield replace(made, environment={**made.environment, "PATH": path})


def preview(made: Engine, pack: Path) -> tuple[int, str]:
    """Return how a preview under the pack ended, and what it said about policies."""
    done = made.run("preview", "--policy-pack", str(pack))
    return done.returncode, done.stdout.partition("\nPolicies:")[2].partition("\nDiagnostics:")[0]


def test_the_committed_stack_passes_the_pack(dev: Engine, pack: Path) -> None:
    code, told = preview(dev, pack)

    assert code == 0
    assert "localai-gitops@v1.0.0" in told
    assert "[advisory]  image-by-digest" in told
    assert "[mandatory]" not in told
    assert "can't run policy" not in told


def test_a_resource_that_breaks_a_rule_stops_the_engine_until_it_is_waived(
    dev: Engine, pack: Path
) -> None:
    security = dev.program / "components" / "pool" / "containers.py"
    hardened = security.read_text(encoding="utf-8")
    weak = hardened.replace(
        "readOnlyRootFilesystem=not writable_root", "readOnlyRootFilesystem=False"
    )
    assert weak != hardened
    security.write_text(weak, encoding="utf-8")

    code, told = preview(dev, pack)
    assert code != 0
    assert f"[mandatory]  {RULE}  (kubernetes:apps/v1:Deployment: pool-chat-deployment)" in told

    edit(dev, waivers=[{"rule": RULE, "reason": "a test of waivers", "until": SOON}])
    code, told = preview(dev, pack)
    assert (code, RULE in told) == (0, False)
