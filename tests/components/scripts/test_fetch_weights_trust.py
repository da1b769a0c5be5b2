"""What is refused: other types, other paths, other origins; and where the token goes."""

import io
import pickle
import tarfile
import zipfile

import pytest

from components.scripts.fetch_weights import MAGIC, known_type
from tests.components.scripts.conftest import SecureServer
from tests.components.scripts.volume import Volume, gguf
from tests.components.scripts.weight_server import Answer

TOKEN = "hf_verysecret"  # noqa: S105 - a made-up token, looked for in the output


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
    others = set(MAGIC) - {name[1:], ".ggml" if name == "a.bin" else ""}
    assert not any(known_type(f"a{other}", content[:9], len(content)) for other in others)


@pytest.mark.parametrize("kind", ["pickle 2", "zip", "tar"])
def test_foreign_content_gets_no_final_name_whatever_its_digest(volume: Volume, kind: str):
    entry = volume.entry("a.bin", FOREIGN[kind])
    volume.declare(entry)
    done = volume.fetch()
    assert (done.returncode, "which is no .bin" in done.stderr) == (1, True)
    assert list(volume.path(entry).parent.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("path", "weights/../a.gguf"),
        ("path", f"weights/{'0' * 64}/a.gguf"),
        ("path", "/weights/a.gguf"),
        ("path", "{path}/../a.gguf"),
        ("path", "{path}.pkl"),
        ("path", "{path}\n"),
        ("url", "file:///etc/passwd"),
        ("url", "ftp://127.0.0.1/a.gguf"),
        ("url", "http://127.0.0.1:0/a.gguf"),
        ("url", "http://127.0.0.1:99999/a.gguf"),
        ("url", "http://[/a.gguf"),
        ("url", "http://127.0.0.1/a b.gguf"),
        ("url", f"http://user:{TOKEN}@127.0.0.1/a.gguf"),
        ("url", None),
        ("sha256", "A" * 64),
        ("size", -1),
        ("size", True),
        ("size", "12"),
        ("about", 1.5),
        ("extra", 1),
    ],
)
def test_a_set_with_a_bad_entry_is_refused_before_any_request(
    volume: Volume, key: str, value: object
):
    good, bad = volume.entry("a.gguf", gguf(100)), volume.entry("b.gguf", gguf(101))
    text = value.format(path=bad["path"]) if isinstance(value, str) else value
    volume.declare(good, bad | {key: text})
    done = volume.fetch()
    assert (done.returncode, "files[1]" in done.stderr) == (1, True)
    assert TOKEN not in done.stdout + done.stderr
    assert volume.server.seen == []
    assert list(volume.root.iterdir()) == []


def test_http_needs_its_flag(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    line = [part for part in volume.command("fetch") if part != "--allow-http"]
    assert volume.run("fetch", wrap=(*line, "--")).returncode == 2
    assert volume.server.seen == []


def test_https_is_never_redirected_to_http(volume: Volume, secure: SecureServer):
    entry = volume.entry("a.gguf", gguf(100))
    hop = Answer(status=302, headers={"Location": volume.server.url("/a.gguf")})
    secure.server.answers["/a.gguf"].append(hop)
    volume.declare(entry | {"url": secure.server.url("/a.gguf")})
    done = volume.fetch(SSL_CERT_FILE=str(secure.authority))
    assert (done.returncode, "redirects to an address" in done.stderr) == (1, True)
    assert volume.server.seen == []


def test_the_token_goes_to_its_own_origin_only_and_is_never_shown(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100), query="?signature=alsosecret")
    volume.declare(entry)
    away = volume.server.url("/away.gguf", host="localhost")
    volume.server.files["/away.gguf"] = gguf(100)
    near = Answer(status=307, headers={"Location": "/near.gguf"})
    far = Answer(status=302, headers={"Location": f"{away}?signature=alsosecret"})
    volume.server.answers["/a.gguf"].extend([Answer(status=503), near])
    volume.server.answers["/near.gguf"].append(far)
    done = volume.fetch(HF_TOKEN=TOKEN, HF_ENDPOINT=volume.server.url(""))
    assert done.returncode == 0
    bearer = f"Bearer {TOKEN}"
    seen = [(each.path, each.authorization) for each in volume.server.seen]
    first = ("/a.gguf", bearer)
    assert seen == [first, first, ("/near.gguf", bearer), ("/away.gguf", None)]
    assert "secret" not in done.stdout + done.stderr


def test_the_token_goes_to_no_other_server(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    assert volume.fetch(HF_TOKEN=TOKEN).returncode == 0
    assert volume.server.seen[0].authorization is None


def test_a_malformed_token_is_refused_without_showing_it(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    done = volume.fetch(HF_TOKEN=f"{TOKEN}\nx", HF_ENDPOINT=volume.server.url(""))
    assert (done.returncode, "correct the Secret" in done.stderr) == (1, True)
    assert TOKEN not in done.stdout + done.stderr


def test_links_on_the_volume_are_not_followed(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.declare(entry)
    outside = volume.root.parent / "outside"
    outside.mkdir()
    (volume.root / "weights").symlink_to(outside)
    done = volume.fetch()
    assert (done.returncode, "is a link" in done.stderr) == (1, True)
    assert list(outside.iterdir()) == []
