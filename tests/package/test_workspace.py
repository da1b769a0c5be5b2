"""The image of the workspace, as far as its file says it; `make e2e` runs it."""

import re
from importlib.metadata import version
from typing import Any

import pytest

from gitops.cluster.file import read_cluster
from gitops.cluster.operator import operator_stack
from sandbox.toolchain.tools import PULUMI
from tests.support.project import ROOT

FOLDER = ROOT / "package" / "workspace"
TEXT = (FOLDER / "Dockerfile").read_text()
LAST = TEXT.rpartition("\nFROM ")[2]
VARIABLES = dict(re.findall(r"^ENV (\w+)=(\S+)$", LAST, re.MULTILINE))


def pod() -> dict[str, Any]:
    cluster = read_cluster(ROOT / "tests" / "data" / "cluster", "main").settings
    assert cluster.state
    made = operator_stack("dev", {"name": "dev"}, cluster, cluster.state)
    return made.spec["workspaceTemplate"]["spec"]["podTemplate"]["spec"]


def test_every_image_can_be_given_by_digest_and_has_a_version():
    sources = re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)
    given = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", TEXT, re.MULTILINE))

    assert {one for one in sources if one not in {"build", "pulumi"}} == {
        f"${{{name}}}" for name in given
    }
    assert given["PULUMI_IMAGE"].endswith(f":{PULUMI}")
    assert version("pulumi") == PULUMI
    assert all(":" in one for one in given.values())


def test_only_the_locked_requirements_come_from_the_checkout():
    copied = re.findall(r"^COPY (?!--from)(\S+)", TEXT, re.MULTILINE)

    assert copied == ["requirements.txt"]
    assert (FOLDER / "Dockerfile.dockerignore").read_text().split() == ["*", "!requirements.txt"]


@pytest.mark.parametrize("option", ["--require-hashes", "--only-binary=:all:", "unchecked-hash"])
def test_libraries_are_locked_and_compiled(option: str):
    assert option in TEXT


def test_a_plugin_has_the_version_of_its_library():
    plugins = re.findall(r"^ARG (\w+)_CHECKSUM=$", TEXT, re.MULTILINE)
    known = {name.lower() for name in plugins}
    locked = re.findall(
        r"^pulumi-([a-z]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )

    assert known == set(locked)
    assert "version('pulumi-${name}')" in TEXT


def test_nothing_is_downloaded_when_it_runs():
    assert VARIABLES["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert VARIABLES["PULUMI_SKIP_UPDATE_CHECK"] == "true"


def test_the_pod_of_the_operator_fits_the_image():
    made = pod()
    (container,) = made["containers"]
    mounts = {one["mountPath"] for one in container["volumeMounts"]}
    linked = next(one for one in made["initContainers"] if one["name"] == "libraries")
    user = re.search(r"^USER (\d+):(\d+)$", LAST, re.MULTILINE)

    assert user
    assert {int(one) for one in user.groups()} == {
        made["securityContext"][key] for key in ("runAsUser", "runAsGroup", "fsGroup")
    }
    assert mounts == {VARIABLES["HOME"], f"{VARIABLES['PULUMI_HOME']}/workspaces"}
    libraries = VARIABLES["PULUMI_PYTHON_CMD"].removesuffix("/bin/python")
    assert f"ln -sfn {libraries} .venv" in linked["command"][2]
    assert "ENTRYPOINT" not in LAST
