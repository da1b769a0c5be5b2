from pathlib import Path

import pytest

from sandbox.cluster.layout import LayoutError, layout, sandboxes_folder


def test_two_names_share_no_place(tmp_path: Path):
    one, two = layout("one", tmp_path), layout("two", tmp_path)
    assert one.netns != two.netns
    assert one.cgroup != two.cgroup
    assert not set(one.folders()) & set(two.folders())


@pytest.mark.parametrize("name", ["", "Upper", "../up", "-a", "a-", "a b", "x" * 21])
def test_a_name_that_cannot_be_a_file_name_is_refused(name: str):
    with pytest.raises(LayoutError, match="cannot name a sandbox"):
        layout(name)


def test_every_folder_lies_under_the_root(tmp_path: Path):
    places = layout("a", tmp_path)
    assert all(places.root in folder.parents for folder in [*places.folders(), places.kubeconfig])


def test_the_state_follows_the_base_directory_rules():
    assert sandboxes_folder({"XDG_STATE_HOME": "/s"}) == Path("/s/localai-gitops/sandbox")
    for ignored in ({}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}):
        assert sandboxes_folder(ignored).is_relative_to(Path.home() / ".local" / "state")
