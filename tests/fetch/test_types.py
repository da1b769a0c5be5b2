"""Only known types get a final name, judged by their first bytes."""

import io
import pickle
import tarfile
import zipfile

import pytest

from fetch.transfer import known_type
from fetch.weight_set import MAGIC
from tests.fetch.volume import Volume, gguf


def archived(kind: str) -> bytes:
    """Return a small archive."""
    target = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("data.pkl", "x")
    else:
        with tarfile.open(fileobj=target, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("data.pkl"))
    return target.getvalue()


FOREIGN = {
    **{f"pickle {number}": pickle.dumps({"a": [1, b"2"]}, number) for number in range(6)},
    "zip": archived("zip"),
    "tar": archived("tar"),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(30),
    "gzip": b"\x1f\x8b\x08" + bytes(30),
    "onnx": b"\x08\x07\x12\x07pytorch" + bytes(30),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(30),
    "html": b"<!doctype html><title>log in</title>",
    "git lfs pointer": b"version https://git-lfs.github.com/spec/v1\n",
    "lower case gguf": b"gguf\x03\x00\x00\x00" + bytes(30),
    "late gguf": b"\x00GGUF" + bytes(30),
    "zeros": bytes(40),
    "empty": b"",
    "safetensors header over the end": (99).to_bytes(8, "little") + b"{" + bytes(30),
    "safetensors header too long": (100_000_000).to_bytes(8, "little") + b"{" + bytes(30),
    "safetensors header of a list": (2).to_bytes(8, "little") + b"[]" + bytes(30),
}


@pytest.mark.parametrize("suffix", MAGIC)
@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_content_is_of_no_known_type(kind: str, suffix: str):
    content = FOREIGN[kind]
    assert not known_type(f"a{suffix}", content[:9], len(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gguf", gguf(30)),
        ("a.bin", b"lmgg" + bytes(30)),
        ("a.safetensors", (2).to_bytes(8, "little") + b"{}" + bytes(30)),
    ],
)
def test_a_known_type_is_fetched_under_its_own_ending_only(
    volume: Volume, name: str, content: bytes
):
    entry = volume.entry(name, content)
    volume.declare(entry)
    assert volume.fetch().returncode == 0
    assert volume.path(entry).read_bytes() == content
    others = set(MAGIC) - {name[1:]}
    assert not any(known_type(f"a{other}", content[:9], len(content)) for other in others)


@pytest.mark.parametrize("kind", ["pickle 2", "zip", "tar"])
def test_foreign_content_gets_no_final_name_whatever_its_digest(volume: Volume, kind: str):
    entry = volume.entry("a.bin", FOREIGN[kind])
    volume.declare(entry)
    done = volume.fetch()
    assert (done.returncode, "which is no .bin" in done.stderr) == (3, True)
    assert not volume.path(entry).parent.exists()
