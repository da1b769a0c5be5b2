import json
import os
import subprocess
from importlib.resources import files
from pathlib import Path

from sandbox.plugins.install import install, is_stand_in


def wheel_version(package: str) -> str:
    return json.loads(files(package).joinpath("pulumi-plugin.json").read_text())["version"]


def test_the_plugins_lie_where_the_engine_looks(tmp_path: Path) -> None:
    kubernetes, random = install(tmp_path)
    folder = tmp_path / "plugins" / f"resource-kubernetes-v{wheel_version('pulumi_kubernetes')}"
    assert kubernetes == folder / "pulumi-resource-kubernetes"
    assert random.parent.name == f"resource-random-v{wheel_version('pulumi_random')}"
    assert not folder.is_symlink()
    assert os.access(kubernetes, os.X_OK)


def test_installing_twice_changes_nothing(tmp_path: Path) -> None:
    assert install(tmp_path) == install(tmp_path)


def test_an_official_plugin_is_left_alone(tmp_path: Path) -> None:
    kubernetes, _ = install(tmp_path)
    kubernetes.write_bytes(b"\x7fELF")
    install(tmp_path)
    assert kubernetes.read_bytes() == b"\x7fELF"
    assert not is_stand_in(kubernetes)


def test_an_installed_plugin_prints_the_port_it_serves_on(tmp_path: Path) -> None:
    _, random = install(tmp_path)
    with subprocess.Popen([str(random)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = process.stdout.readline()
        process.terminate()
    assert 0 < int(port) < 65536
