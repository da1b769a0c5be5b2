from collections.abc import Callable
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

import pytest
import yaml

from documents.problem import RefusedError
from gitops.planning.checkout import read_declared
from localai import server as known
from localai import versions
from tests.components.distributed_pool import distributed_fields
from tests.samples import keys, pool_fields
from tests.support.project import PROJECT

MANY = pool_fields(replicas=2, gpu="nvidia-l4", distributed=distributed_fields())
COPY = """
from dataclasses import replace
from localai.versions import v4_9_0
SERVER = replace(v4_9_0.SERVER, version="v4.91.0", distributed=None)
"""
Refusals = Callable[..., list[str]]


@pytest.fixture
def refusals(tmp_path: Path) -> Refusals:
    """Return what a checkout with one stack, of these keys, is refused for."""
    for name in ("Pulumi.yaml", "models"):
        copied = copytree if (PROJECT / name).is_dir() else copyfile
        copied(PROJECT / name, tmp_path / name)

    def read(**fields: Any) -> list[str]:
        config = {f"localai:{key}": value for key, value in keys({"chat": MANY}, **fields).items()}
        text = yaml.safe_dump({"config": config}, sort_keys=False)
        (tmp_path / "Pulumi.dev.yaml").write_text(text)
        try:
            read_declared(tmp_path, [])
        except RefusedError as error:
            return [str(problem) for problem in error.problems]
        return []

    return read


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Add a version by one file, as a newer LocalAI is added; return its name."""
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "v4_91_0.py").write_text(COPY)
    monkeypatch.setattr(versions, "__path__", [*versions.__path__, str(folder)])
    monkeypatch.setattr(known, "SERVERS", known.read())
    return "v4.91.0"


def test_a_distributed_pool_without_a_router_is_refused_at_its_line(refusals: Refusals):
    (line,) = refusals()
    assert line.startswith("Pulumi.dev.yaml:")
    assert "config.localai:pools.chat.distributed: has front ends that obey" in line
    assert line.endswith("add `localai:router: {}`, whose keys only infer")


@pytest.mark.parametrize("router", [{}, {"direct": True}], ids=["closed", "direct"])
def test_with_a_router_it_is_admitted(refusals: Refusals, router: dict[str, Any]):
    assert refusals(router=router) == []


def test_a_version_without_a_distributed_mode_is_refused_at_its_line(
    refusals: Refusals, newer: str
):
    (line,) = refusals(router={}, server={"version": newer})
    assert "config.localai:pools.chat.distributed: needs a distributed mode" in line
    assert "not known of LocalAI v4.91.0; use one of v4.8.2, v4.9.0 as" in line


def test_a_new_version_is_one_file_and_serves_other_pools(newer: str):
    assert list(known.SERVERS)[-1] == newer
    assert known.server_image(known.server(newer), known.Accelerator.CPU).endswith(newer)
