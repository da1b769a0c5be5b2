"""A sandbox of fake nodes with Argo CD in it, one for all tests of this folder."""

import itertools
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.start import repositories_folder, start
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from tests.e2e.argocd.delivery import Delivery, checkout

COUNTER = itertools.count()


@pytest.fixture(scope="session")
def argocd() -> Generator[ArgoCd]:
    places = layout(f"argo-{os.getpid()}")
    try:
        sandbox = up(places)
        yield start(sandbox, repositories_folder(sandbox))
    finally:
        down(places)


@pytest.fixture
def homeless(argocd: ArgoCd, tmp_path: Path) -> Generator[Delivery]:
    """A stack with rendered delivery whose namespace does not exist."""
    name = f"rendered-{next(COUNTER)}"
    made = Delivery(
        argocd=argocd,
        checkout=checkout(tmp_path / "checkout"),
        repository=argocd.repository(name),
        name=name,
    )
    made.edit(namespace=name, delivery="rendered", apiKey={"secret": "api-key", "key": "key"})
    yield made
    made.remove()


@pytest.fixture
def delivery(homeless: Delivery) -> Delivery:
    """A stack with rendered delivery, and its empty namespace."""
    homeless.make_namespace()
    return homeless


@pytest.fixture
def running(delivery: Delivery) -> Delivery:
    """A stack as it is committed, converged."""
    revision = delivery.push()
    delivery.begin()
    delivery.wait(revision)
    return delivery
