from pathlib import Path

import pytest

from sandbox.cluster import programs
from sandbox.cluster.layout import layout

PLACES = layout("a", Path("/state"))


@pytest.mark.parametrize(
    "flag",
    [
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction,PodSecurity",
        "--feature-gates=ImageVolume=true",
        "--encryption-provider-config=/state/a/config/encryption.json",
        "--audit-log-path=/state/a/logs/audit.log",
        "--bind-address=10.200.0.1",
    ],
)
def test_the_api_server_has_the_guards_of_a_production_cluster(flag: str):
    assert flag in programs.kube_apiserver(PLACES).arguments


def test_the_api_server_checks_tokens_with_the_public_key_only():
    arguments = programs.kube_apiserver(PLACES).arguments
    assert "--service-account-key-file=/state/a/keys/service-account.pub" in arguments


def test_etcd_listens_on_loopback_only():
    listening = [one for one in programs.etcd(PLACES).arguments if one.startswith("--listen")]
    assert len(listening) == 2
    assert all("//127.0.0.1:" in one for one in listening)


def test_kwok_leaves_real_nodes_alone():
    chosen = "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake"
    assert chosen in programs.kwok(PLACES).arguments


def test_controllers_do_not_wait_for_a_leader_election():
    for program in (programs.kube_controller_manager, programs.kube_scheduler):
        assert "--leader-elect=false" in program(PLACES).arguments
