import json
import ssl
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest

from documents.problem import RefusedError
from documents.reader import read
from gitops.adapters.head import Reach
from gitops.cli import exits
from gitops.sources.digests import ask_digests, manifest_url, with_digests
from gitops.sources.rules import SourceRules
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine
from tests.gitops.hub import certificate
from tests.support.loopback import answering

OLD, NEW = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
TOKEN = "anonymous"


class Registry(ThreadingHTTPServer):
    """A registry on the loopback that wants a token; every image but `missing` has one digest."""

    daemon_threads = True
    said: str = NEW
    login: bool = False
    realm: str = ""
    token: bytes = json.dumps({"token": TOKEN}).encode()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry  # pyright: ignore[reportIncompatibleVariableOverride] (the library's is wider)

    def log_message(self, format: str, *args: object) -> None:
        del format, args

    def do_GET(self) -> None:
        asked = "/token?service=here&scope=repository%3A"
        body = self.server.token if self.path.startswith(asked) else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        authorized = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if self.server.login or not authorized:
            self.send_response(401)
            realm = self.server.realm or f"https://{self.server.host}/token"
            realm = f'Bearer realm="{realm}",service="here"'
            self.send_header("WWW-Authenticate", f'{realm},scope="repository:a:pull"')
        elif "/missing/" in self.path or "oci.image.index" not in self.headers.get("Accept", ""):
            self.send_response(404)
        else:
            self.send_response(200)
            self.send_header("Docker-Content-Digest", self.server.said)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("registry"))


@pytest.fixture
def registry(files: tuple[Path, Path]) -> Generator[Registry]:
    key, cert = files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = Registry(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with answering(server):
        yield server


def asked(registry: Registry, files: tuple[Path, Path], name: str) -> tuple[dict[str, str], str]:
    rules = SourceRules(networks=(ip_network("127.0.0.0/8"),))
    tls = ssl.create_default_context(cafile=files[1])
    found, problems = ask_digests({name: f"{registry.host}/{name}"}, rules, Reach(tls=tls))
    return found, "".join(map(str, problems))


def test_a_registry_is_asked_with_the_token_it_hands_out(
    registry: Registry, files: tuple[Path, Path]
):
    assert asked(registry, files, "a/b:v1.2.3") == ({"a/b:v1.2.3": NEW}, "")


@pytest.mark.parametrize(
    ("fields", "name", "why"),
    [
        ({}, "missing:v1", "has no such image"),
        ({"login": True}, "a:v1", "wants a login (401)"),
        ({"token": b"[" * 100_000}, "a:v1", "wants a login (401)"),
        ({"token": b'{"token": "a\\r\\nb"}'}, "a:v1", "wants a login (401)"),
        ({"realm": "https://[x"}, "a:v1", "names no host"),
        ({"realm": "https://[::1"}, "a:v1", "names no host"),
        ({"realm": "//"}, "a:v1", "names no host"),
        ({"said": "sha512:1"}, "a:v1", "names no digest in SHA-256"),
        ({"said": f"{NEW}\x1b[31m"}, "a:v1", "names no digest in SHA-256"),
    ],
)
def test_what_a_registry_does_not_say_is_told(
    registry: Registry, files: tuple[Path, Path], fields: dict[str, object], name: str, why: str
):
    for key, value in fields.items():
        setattr(registry, key, value)
    found, problem = asked(registry, files, name)
    assert found == {}
    assert why in problem


def test_a_registry_at_a_private_address_is_not_asked_unless_it_is_named(registry: Registry):
    rules = SourceRules(ports=frozenset({registry.server_address[1]}))
    found, problems = ask_digests({"a": f"{registry.host}/a:v1"}, rules, Reach())
    assert found == {}
    assert "is not public, and is not asked" in str(problems[0])


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("python:3.13", "https://registry-1.docker.io/v2/library/python/manifests/3.13"),
        ("docker.io/a/b:v1", "https://registry-1.docker.io/v2/a/b/manifests/v1"),
        ("registry.test:5000/a/b:v1", "https://registry.test:5000/v2/a/b/manifests/v1"),
    ],
)
def test_a_manifest_is_where_a_runtime_pulls_it(image: str, url: str):
    assert manifest_url(image) == url


HEAD = "# Ours.\nconfig:\n  localai:namespace: a # kept\n"
POOLS = "  # The pools.\n  localai:pools: {}\n"
BEFORE = f"{HEAD}  localai:digests:\n    # Old.\n    a:v1: {OLD} # pinned\n    b:v1: {OLD}\n{POOLS}"


def listed(text: str, **digests: str) -> str:
    found = {name.replace("_", ":"): digest for name, digest in digests.items()}
    return with_digests(read(text.encode(), name="Pulumi.dev.yaml"), text, found)


def test_digests_are_added_and_all_else_is_kept():
    added = f"  localai:digests:\n    a:v1: {NEW}\n    b:v1: {NEW}\n"
    assert listed(HEAD + POOLS, b_v1=NEW, a_v1=NEW) == HEAD + added + POOLS


def test_a_digest_is_renewed_where_it_stands_and_one_of_no_image_is_deleted():
    after = BEFORE.replace(f"a:v1: {OLD}", f"a:v1: {NEW}").replace(f"b:v1: {OLD}", f"c:v1: {NEW}")
    assert listed(BEFORE, a_v1=NEW, c_v1=NEW) == after
    assert listed(after, a_v1=NEW, c_v1=NEW) == after


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}  localai:digests: {{b:v1: {OLD}}}\n{POOLS}",
        "config: {localai:namespace: a, localai:pools: {}}\n",
    ],
)
def test_a_form_that_cannot_be_added_to_is_refused(text: str):
    with pytest.raises(RefusedError, match="cannot be added to"):
        listed(text, a_v1=NEW)


def test_the_verb_writes_what_the_registries_of_a_stack_say(
    command_line: CommandLine, checkout: Checkout, registry: Registry, files: tuple[Path, Path]
):
    mirrors = f"{{docker.io: {registry.host}/hub, quay.io: {registry.host}/quay}}"
    text = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "  localai:pools:", f"  localai:registry: {{mirrors: {mirrors}}}\n  localai:pools:"
    )
    checkout.write("Pulumi.dev.yaml", text)
    options = ["--allow-network", "127.0.0.0/8", "--ca-file", str(files[1])]

    ended = command_line("digests", "lock", "dev", *options)

    assert (ended.code, ended.err) == (exits.DONE, "wrote Pulumi.dev.yaml: 3 digests\n")
    written = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    assert written.count(NEW) == 3
    assert "image-by-digest" not in command_line("check", "dev").out
    registry.said = ""
    assert command_line("digests", "lock", "dev", *options).code == exits.REFUSED
    assert (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8") == written
