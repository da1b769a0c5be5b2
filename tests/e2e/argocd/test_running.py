"""Argo CD's programs begin and end with a sandbox, and can be stopped before it."""

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.programs import NAMES
from sandbox.argocd.start import StartError, repositories_folder, start
from sandbox.cluster import processes
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.processes import Process
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from tests.e2e.argocd.delivery import Delivery

pytestmark = pytest.mark.e2e


@pytest.fixture
def second(argocd: ArgoCd) -> Generator[ArgoCd]:
    places = layout(f"{argocd.sandbox.name}-2")
    try:
        sandbox = up(places, nodes=())
        yield start(sandbox, repositories_folder(sandbox))
    finally:
        down(places)


def running(sandbox: Sandbox) -> dict[str, Process]:
    """Return Argo CD's programs in a sandbox: not the recorded process, but what it waits for."""
    found: dict[str, Process] = {}
    for name in NAMES:
        recorded = processes.load(sandbox.layout.processes / f"{name}.json")
        child = processes.child_of(recorded.pid) if recorded else None
        process = processes.identify(child) if child else None
        if process:
            found[name] = process
    return found


def test_it_can_be_stopped_and_goes_on_when_it_is_started_again(delivery: Delivery):
    argocd = delivery.argocd
    before = running(argocd.sandbox)
    assert set(before) == set(NAMES)
    argocd.stop()
    assert not [one for one in before.values() if processes.is_running(one)]
    assert not set(NAMES) & set(argocd.sandbox.programs())

    revision = delivery.push()
    delivery.begin()
    start(argocd.sandbox, argocd.repositories)
    delivery.wait(revision)


def test_it_ends_with_its_sandbox_however_that_ends(second: ArgoCd):
    killed = running(second.sandbox)
    assert set(killed) == set(NAMES)
    os.kill(second.sandbox.holder.pid, signal.SIGKILL)
    wait_until(
        lambda: not [one for one in killed.values() if processes.is_running(one)],
        "Argo CD outlived its sandbox",
    )
    again = up(second.sandbox.layout, nodes=())
    assert not set(NAMES) & set(again.programs())

    start(again, repositories_folder(again))
    taken_down = running(again)
    assert set(taken_down) == set(NAMES)
    down(again.layout)
    assert not [one for one in taken_down.values() if processes.is_running(one)]


def test_a_folder_that_the_sandbox_does_not_see_is_refused(argocd: ArgoCd, tmp_path: Path):
    with pytest.raises(StartError, match="does not see"):
        start(argocd.sandbox, tmp_path)
