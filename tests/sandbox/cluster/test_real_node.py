import tomllib
from pathlib import Path

from sandbox.cluster.layout import layout
from sandbox.cluster.real_node import kubelet, kubelet_config, network, write_files


def test_every_path_of_the_kubelet_lies_in_the_sandbox():
    places = layout("a", Path("/state"))
    config = kubelet_config(places)
    assert config["podLogsDir"] == "/state/a/data/pod-logs"
    assert config["cgroupRoot"] == "/localai-sandbox-a"
    assert "--root-dir=/state/a/data/kubelet" in kubelet(places).arguments


def test_the_kubelet_answers_nobody_without_a_certificate():
    config = kubelet_config(layout("a", Path("/state")))
    assert config["readOnlyPort"] == 0
    assert "'anonymous': {'enabled': False}" in str(config["authentication"])


def test_pod_addresses_are_remembered_inside_the_sandbox():
    assert "/state/a/data/addresses" in str(network(layout("a", Path("/state"))))


def test_containerd_keeps_its_state_to_itself(tmp_path: Path):
    places = layout("a", tmp_path)
    places.config.mkdir(parents=True)
    write_files(places)
    config = tomllib.loads((places.config / "containerd.toml").read_text())
    assert config["root"] == f"{places.data}/containerd"
    plugin = config["plugins"]["io.containerd.grpc.v1.cri"]
    assert plugin["restrict_oom_score_adj"] is True
    assert plugin["sandbox_image"] == "docker.io/local/pause:1"
