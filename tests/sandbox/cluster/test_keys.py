import subprocess
from pathlib import Path

import pytest

from sandbox.cluster.keys import IDENTITIES, Identity, create


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys")
    create(path)
    return path


def openssl(*arguments: str) -> str:
    return subprocess.run(
        ["openssl", *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_private_keys_are_readable_by_their_owner_only(folder: Path):
    keys = list(folder.glob("*.key"))
    assert len(keys) == len(IDENTITIES) + 2
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.file)
def test_every_certificate_is_signed_by_the_clusters_authority(folder: Path, identity: Identity):
    certificate = str(folder / f"{identity.file}.crt")
    purpose = "sslserver" if identity.addresses else "sslclient"
    checked = openssl("verify", "-CAfile", str(folder / "ca.crt"), "-purpose", purpose, certificate)
    assert checked.endswith("OK\n")


def test_the_api_servers_certificate_names_all_its_addresses(folder: Path):
    arguments = ("x509", "-noout", "-ext", "subjectAltName", "-in")
    text = openssl(*arguments, str(folder / "kube-apiserver.crt"))
    assert all(one in text for one in ("10.200.0.1", "10.201.0.1", "127.0.0.1"))
    assert "kubernetes.default.svc.cluster.local" in text


def test_a_client_certificate_carries_user_and_group():
    kubelet = next(one for one in IDENTITIES if one.file == "kubelet")
    assert kubelet.subject == "/O=system:nodes/CN=system:node:real-0"
