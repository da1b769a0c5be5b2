from pathlib import Path

import pytest

from sandbox.argocd import start
from sandbox.argocd.programs import Places
from sandbox.argocd.start import StartError, lay_out, require_packages
from sandbox.toolchain import Toolset
from sandbox.toolchain.ensure import SystemPackage

NAMES = ("argocd", "git-verify-wrapper.sh", "gpg-wrapper.sh")


@pytest.fixture
def tools(tmp_path: Path) -> Toolset:
    folder = tmp_path / "cache"
    folder.mkdir()
    programs = {name: folder / name for name in NAMES}
    for path in programs.values():
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return Toolset(programs=programs)


def test_one_binary_lies_there_under_the_name_of_each_role(tmp_path: Path, tools: Toolset):
    folder = Places(root=tmp_path / "argocd")
    lay_out(folder, tools)
    for name in ("argocd-repo-server", "argocd-application-controller"):
        assert (folder.programs / name).resolve() == tools.programs["argocd"]
    assert (folder.ssh / "ssh_known_hosts").exists()


def test_the_scripts_of_a_sync_lie_beside_it_and_can_be_run(tmp_path: Path, tools: Toolset):
    folder = Places(root=tmp_path / "argocd")
    lay_out(folder, tools)
    for name in start.SCRIPTS:
        assert (folder.programs / name).stat().st_mode & 0o111


def test_laying_out_twice_changes_nothing(tmp_path: Path, tools: Toolset):
    folder = Places(root=tmp_path / "argocd")
    lay_out(folder, tools)
    before = sorted(folder.root.rglob("*"))
    lay_out(folder, tools)
    assert sorted(folder.root.rglob("*")) == before


def test_a_missing_package_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch):
    def lacking(packages: list[SystemPackage]) -> list[SystemPackage]:
        return [one for one in packages if one.package == "redis-server"]

    monkeypatch.setattr(start, "missing", lacking)
    with pytest.raises(StartError, match=r"needs redis-server\. Run: apt-get .*redis-server"):
        require_packages()
