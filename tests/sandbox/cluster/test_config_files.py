import base64
import json
from pathlib import Path

from sandbox.cluster.programs import audit_policy, encryption, kubeconfig, write


def test_a_kubeconfig_carries_its_certificates():
    text = json.dumps(kubeconfig(b"authority", b"certificate", b"key"))
    for content in (b"authority", b"certificate", b"key"):
        assert base64.b64encode(content).decode() in text


def test_secrets_are_written_encrypted_and_may_still_be_read_plain():
    text = json.dumps(encryption(b"0" * 32))
    assert text.index("secretbox") < text.index("identity")


def test_reads_are_audited_only_of_the_accounts_of_pods():
    rules = json.loads(json.dumps(audit_policy()["rules"]))
    reads = [one for one in rules if "get" in one.get("verbs", ())]

    assert [(one["level"], one.get("userGroups")) for one in reads] == [
        ("None", ["system:serviceaccounts:kube-system"]),
        ("Metadata", ["system:serviceaccounts"]),
        ("None", None),
    ]


def test_configuration_files_are_readable_by_their_owner_only(tmp_path: Path):
    write(tmp_path / "file", {"a": 1})
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
