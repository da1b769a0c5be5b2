"""What is refused: other paths, other addresses, links; and where the token goes."""

from ipaddress import ip_network

import pytest

from fetch.source import authorization
from fetch.weight_set import WeightsError, read_set
from tests.fetch.conftest import SecureServer
from tests.fetch.volume import Volume, gguf
from tests.fetch.weight_server import Answer

TOKEN = "hf_verysecret"
LOOPBACK = (ip_network("127.0.0.0/8"),)


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
        ("url", "http://169.254.169.254/latest/a.gguf"),
        ("url", "http://[fe80::1]/a.gguf"),
        ("url", None),
        ("sha256", "A" * 64),
        ("size", -1),
        ("size", 10**13 + 1),
        ("size", True),
        ("size", "12"),
        ("about", 1.5),
        ("extra", 1),
    ],
)
def test_a_bad_entry_is_refused_by_its_place_in_the_set(volume: Volume, key: str, value: object):
    good, bad = volume.entry("a.gguf", gguf(100)), volume.entry("b.gguf", gguf(101))
    text = value.format(path=bad["path"]) if isinstance(value, str) else value
    volume.declare(good, bad | {key: text})
    with pytest.raises(WeightsError, match=r"files\[1\]") as refusal:
        read_set(volume.set, allow_http=True, networks=LOOPBACK)
    assert TOKEN not in str(refusal.value)


def test_a_bad_set_is_refused_before_any_request_and_any_write(volume: Volume):
    good, bad = volume.entry("a.gguf", gguf(100)), volume.entry("b.gguf", gguf(101))
    volume.declare(good, bad | {"path": "weights/../b.gguf"})
    assert volume.fetch().returncode == 3
    assert volume.server.seen == []
    assert list(volume.root.iterdir()) == []


def test_a_set_names_each_path_once(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.declare(entry, entry)
    with pytest.raises(WeightsError, match="the same path"):
        read_set(volume.set, allow_http=True, networks=LOOPBACK)


def test_http_needs_its_flag(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    with pytest.raises(WeightsError, match="must be an https address"):
        read_set(volume.set, allow_http=False, networks=LOOPBACK)


def test_https_is_never_redirected_to_http(volume: Volume, secure: SecureServer):
    entry = volume.entry("a.gguf", gguf(100))
    hop = Answer(status=302, headers={"Location": volume.server.url("/a.gguf")})
    secure.server.answers["/a.gguf"].append(hop)
    volume.declare(entry | {"url": secure.server.url("/a.gguf")})
    done = volume.fetch(SSL_CERT_FILE=str(secure.authority))
    assert (done.returncode, "redirects to an address" in done.stderr) == (3, True)
    assert volume.server.seen == []


@pytest.mark.parametrize(
    "target",
    ["http://[", "file:///etc/passwd", "http://u:p@127.0.0.1/", "//:0", "http://169.254.1.1/"],
)
def test_a_redirect_to_an_unusable_address_is_refused(volume: Volume, target: str):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    volume.server.answers["/a.gguf"].append(Answer(status=302, headers={"Location": target}))
    done = volume.fetch()
    assert (done.returncode, "redirects to an address" in done.stderr) == (3, True)
    assert len(volume.server.seen) == 1


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://huggingface.co/o/r/resolve/c/a.gguf", True),
        ("http://huggingface.co/o/r/resolve/c/a.gguf", False),
        ("https://huggingface.co.example.org/a.gguf", False),
        ("https://huggingface.co:8443/a.gguf", False),
        ("https://example.org/https://huggingface.co/a.gguf", False),
        ("https://mirror.example.org/a.gguf", False),
    ],
)
def test_the_token_is_for_the_hub_over_https(
    monkeypatch: pytest.MonkeyPatch, url: str, trusted: bool
):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert authorization(url) == ({"Authorization": f"Bearer {TOKEN}"} if trusted else {})


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
    assert (done.returncode, "correct the Secret" in done.stderr) == (3, True)
    assert TOKEN not in done.stdout + done.stderr


def test_links_on_the_volume_are_not_followed(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.declare(entry)
    outside = volume.root.parent / "outside"
    outside.mkdir()
    (volume.root / "weights").symlink_to(outside)
    done = volume.fetch()
    assert (done.returncode, "remove it from the volume" in done.stderr) == (3, True)
    assert list(outside.iterdir()) == []
