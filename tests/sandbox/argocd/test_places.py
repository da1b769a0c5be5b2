from pathlib import Path

from sandbox.argocd.programs import places
from sandbox.cluster.layout import layout


def test_every_place_goes_with_the_sandbox():
    within = layout("a", Path("/state"))
    assert all(folder.is_relative_to(within.root) for folder in places(within).folders())
