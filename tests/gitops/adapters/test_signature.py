"""A signature counts for these bytes, this purpose and allowed signers, and no others."""

import subprocess
from pathlib import Path

import pytest

from gitops.adapters.process import Finished, OutsideError
from gitops.adapters.signature import NAMESPACE, signature, signer

CONTENT = b'{"verdict": "pass"}\n'


def key(folder: Path, name: str, passphrase: str = "") -> Path:
    path = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(path)],
        check=True,
    )
    return path


def allowed(folder: Path, *keys: Path, options: str = "") -> Path:
    path = folder / "signers"
    lines = [f"{one.name}@ci {options} {one.with_suffix('.pub').read_text()}" for one in keys]
    path.write_text("".join(lines))
    return path


def signed(folder: Path, by: Path, content: bytes = CONTENT) -> Path:
    path = folder / "e.json.sig"
    path.write_text(signature(content, by))
    return path


def test_whoever_is_allowed_signs_and_is_named(tmp_path: Path):
    one = key(tmp_path, "one")
    assert signer(CONTENT, signed(tmp_path, one), allowed(tmp_path, one)) == "one@ci"


def test_other_bytes_are_not_what_was_signed(tmp_path: Path):
    one = key(tmp_path, "one")
    with pytest.raises(OutsideError, match="is not what one@ci signed"):
        signer(CONTENT + b" ", signed(tmp_path, one), allowed(tmp_path, one))


def test_a_stranger_and_a_signature_for_another_purpose_do_not_count(tmp_path: Path):
    one, other = key(tmp_path, "one"), key(tmp_path, "other")
    with pytest.raises(OutsideError, match="is not signed by anybody in"):
        signer(CONTENT, signed(tmp_path, other), allowed(tmp_path, one))
    limited = allowed(tmp_path, one, options='namespaces="file"')
    with pytest.raises(OutsideError):
        signer(CONTENT, signed(tmp_path, one), limited)
    assert NAMESPACE == "localai-gitops-evidence"


@pytest.mark.parametrize("text", ["", "no signature", "-----BEGIN SSH SIGNATURE-----\nAA\n"])
def test_what_is_no_signature_does_not_count(tmp_path: Path, text: str):
    (tmp_path / "e.json.sig").write_text(text)
    with pytest.raises(OutsideError, match="is not signed by anybody"):
        signer(CONTENT, tmp_path / "e.json.sig", allowed(tmp_path, key(tmp_path, "one")))


def test_a_key_that_is_not_there_or_has_a_passphrase_is_refused_at_once(tmp_path: Path):
    for one in (tmp_path / "none", key(tmp_path, "closed", "a passphrase")):
        with pytest.raises(OutsideError, match="cannot sign with"):
            signature(CONTENT, one)


def test_a_program_that_says_nothing_has_words_all_the_same(tmp_path: Path):
    def mute(*_: object, **__: object) -> Finished:
        return Finished(code=1, output=b"", errors="")

    with pytest.raises(OutsideError, match="ssh-keygen ended with 1"):
        signature(CONTENT, tmp_path / "k", program=mute)
