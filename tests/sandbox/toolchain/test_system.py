from sandbox.toolchain.ensure import SYSTEM_PACKAGES, SystemPackage, install_line, missing


def test_only_missing_packages_are_named():
    def present(package: SystemPackage) -> bool:
        return package.package != "runc"

    assert [package.package for package in missing(present=present)] == ["runc"]


def test_the_install_line_names_every_package():
    line = install_line(SYSTEM_PACKAGES)
    assert "apt-get install" in line
    assert all(package.package in line for package in SYSTEM_PACKAGES)
