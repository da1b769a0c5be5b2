import json
from typing import Any

import pytest

from sandbox.plugins.kubeconfig import provider_diff
from sandbox.plugins.properties import UNKNOWN, Properties


def kubeconfig(server: str, token: str = "") -> str:
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": token}}],
        }
    )


def test_another_cluster_replaces_the_provider() -> None:
    found = provider_diff({"kubeconfig": kubeconfig("a")}, {"kubeconfig": kubeconfig("b")}, {})
    assert (found.changed, found.replacing) == (["kubeconfig"], ["kubeconfig"])


def test_other_credentials_for_the_same_cluster_do_not() -> None:
    old, new = ({"kubeconfig": kubeconfig("a", token)} for token in "12")
    found = provider_diff(old, new, {})
    assert (found.changed, found.replacing) == (["kubeconfig"], [])


@pytest.mark.parametrize(
    ("old", "new", "replacing"),
    [("x", "x", []), ("x", "y", ["clusterIdentifier"]), ("", "x", []), ("x", "", [])],
)
def test_the_cluster_identifier_decides_alone(old: str, new: str, replacing: list[str]) -> None:
    def arguments(identifier: str, server: str) -> Properties:
        given: dict[str, Any] = {"clusterIdentifier": identifier} if identifier else {}
        return {**given, "kubeconfig": kubeconfig(server)}

    moved = "b" if old and new else "a"
    assert provider_diff(arguments(old, "a"), arguments(new, moved), {}).replacing == replacing


def test_an_unknown_kubeconfig_may_be_another_cluster() -> None:
    found = provider_diff({"kubeconfig": kubeconfig("a")}, {"kubeconfig": UNKNOWN}, {})
    assert found.replacing == ["kubeconfig"]


def test_the_same_arguments_change_nothing() -> None:
    same: Properties = {"kubeconfig": kubeconfig("a")}
    assert provider_diff(same, same, {}).changed == []
