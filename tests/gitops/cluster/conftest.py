"""Fixtures of clusters: a checkout of a team that declares one."""

import shutil
from pathlib import Path

import pytest

from tests.gitops.checkouts import Checkout, copied, new_checkout
from tests.gitops.cluster.test_manifests import DATA


@pytest.fixture(scope="session")
def first_cluster(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = new_checkout(tmp_path_factory.mktemp("cluster") / "checkout")
    shutil.copytree(DATA, checkout.folder, dirs_exist_ok=True)
    checkout.commit("Start here")
    return checkout


@pytest.fixture
def project(first_cluster: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with a cluster, whose manifests are fresh; the test is in it."""
    own = copied(first_cluster, tmp_path / "checkout")
    monkeypatch.chdir(own.folder)
    return own
