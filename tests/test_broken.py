"""A corpus of broken files: each is refused in one line that names the place, cause and cure.

The first line of a file is the text its problem must contain. Lines at its end that start with
`# also:` are variants: each takes the place of the line that is refused, and is refused as it says.
A file of a class that starts with `models` is a model, one of `clusters` is a cluster, any other is
a stack; those that clash do so with the stack of `OTHER`.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from documents.problem import RefusedError
from documents.reader import LARGEST_BYTES
from documents.reader import read as read_document
from gitops.cluster.file import read_cluster
from gitops.planning.checkout import read_declared, render_stack
from models.catalog import read_catalog
from tests.samples import catalog
from tests.support.project import PROJECT, ROOT

CORPUS = ROOT / "tests" / "broken"
LARGEST_KIBIBYTES = 256 * 1024
CASES = sorted(CORPUS.glob("*/*.yaml"))
MARK = "# expect: "
VARIANT = re.compile(r"^# also: (.*) # expect: (.{8}.*)$", re.MULTILINE)
SLOWEST_SECONDS = 2.0
LONGEST_LINE = 1200

STACK = b"""config:
  localai:namespace: localai-test
  localai:cluster: test
  localai:server: {version: v4.9.0}
  localai:pools: {chat: {models: [qwen3-0.6b], storage: {size: 20Gi}}}
"""
OTHER = """config:
  localai:namespace: localai-other
  localai:cluster: test
  localai:server: {version: v4.9.0}
  localai:router: {}
  localai:charts:
    metrics: {repository: "https://charts.example", chart: metrics, version: 1.0.0}
  localai:exposure:
    kind: gateway
    host: ai.example.com
    path: /other
    gateway: {name: web, namespace: web}
  localai:pools: {chat: {models: [qwen3-0.6b], storage: {size: 20Gi}}}
"""
HOSTILE = (
    "models-archive", "models-backend", "models-digest", "models-forbidden", "models-look-alike",
    "models-pickle", "models-revision", "models-size-lie", "models-ssrf", "models-template",
    "models-traversal", "models-tricks",
)  # fmt: skip
BYTES = {
    "a-byte-order-mark": (b"\xef\xbb\xbf" + STACK, ":1: starts with a byte order mark; save it"),
    "a-null-byte": (STACK.replace(b"r: test", b"r: te\0st"), ":3: is not YAML: it has"),
    "a-control-character": (STACK.replace(b"r: test", b"r: te\x07st"), ":3: is not YAML: it has"),
    "latin-1": (STACK.replace(b"r: test", b"r: t\xe9st"), ":3: is not UTF-8; save it as UTF-8"),
    "utf-16": (STACK.decode().encode("utf-16"), ":1: is not UTF-8"),
    "half-a-character": (STACK + b"# \xe2\x82", ":6: is not UTF-8"),
    "a-surrogate": (STACK.replace(b"r: test", b"r: \xed\xa0\x80"), ":3: is not UTF-8"),
    "no-byte-at-all": (b"", ":1: is empty; write"),
    "only-line-breaks": (b"\r\n" * 1000, ":1: is empty"),
    "more-than-a-mebibyte": (STACK + b"#" * LARGEST_BYTES, ": is longer than 1048576 bytes"),
    "a-million-brackets": (b"config: " + b"[" * 1_000_000, ":1: config[0]"),
    "a-million-dashes": (b"- " * 500_000, ": is nested deeper than 32; flatten it"),
    "a-million-braces": (b"{" * 1_000_000, ":1: has a key that is not plain text"),
    "a-hundred-thousand-anchors": (b"&a " * 100_000, ":1: "),
    "digits-that-end-in-a-letter": (b"a: " + b"1" * 500_000 + b"x\n", ":1: a: is not a known key"),
    "digits-between-dots": (b"a: " + b"1." * 500_000 + b"x\n", ":1: a: is not a known key"),
    "digits-between-colons": (b"a: " + b"1:1" * 300_000 + b"x\n", ":1: a: is not a known key"),
    "underscores": (b"a: 1" + b"_" * 900_000 + b"x\n", ":1: a: is not a known key"),
    "a-million-keys": (
        b"".join(b"k%d: 1\n" % number for number in range(1_000_000)),
        ": is longer than 1048576 bytes",
    ),
    "a-key-twice-among-fifty-thousand": (
        b"".join(b"k%d: 1\n" % number for number in range(50_000)) + b"k7: 2\n",
        ":50001: k7: is given twice, first on line 8; delete one of the two",
    ),
    "a-decomposed-name": (
        STACK.replace(b"{chat:", "{cafe\u0301:".encode()),
        ":5: config.localai:pools.cafe\u0301: 'cafe\u0301' is not a DNS label",
    ),
    "a-composed-name": (
        STACK.replace(b"{chat:", "{caf\u00e9:".encode()),
        ":5: config.localai:pools.caf\u00e9: 'caf\u00e9' is not a DNS label",
    ),
    "a-namespace-of-254-letters": (
        STACK.replace(b"localai-test", b"n" * 254),
        ":2: config.localai:namespace: 'nnnnnnnnnnnnnnnnnnnn'… is too long; use at most 63",
    ),
    "a-model-of-254-letters": (
        STACK.replace(b"qwen3-0.6b", b"m" * 254),
        ":5: config.localai:pools.chat.models[0]: is too long; use at most 63 characters",
    ),
    "a-long-key": (b"k" * 100_000 + b": 1\n", ":1: is not YAML"),
    "brackets-in-a-text": (
        STACK.replace(b"{chat:", b"'" + b"[" * 200_000 + b"' #"),
        ":5: config.localai:pools: is nested too deeply; flatten it",
    ),
    "a-key-twice-in-a-text": (
        STACK.replace(b"{version: v4.9.0}", b'\'{"version": "v4.8.2", "version": "v4.9.0"}\''),
        ":4: config.localai:server: gives a key twice; delete one of the two",
    ),
}


def add_other_stack(folder: Path) -> None:
    """Write the stack that others clash with, and what it needs."""
    (folder / "Pulumi.other.yaml").write_text(OTHER, encoding="utf-8")
    shutil.copyfile(PROJECT / "Pulumi.yaml", folder / "Pulumi.yaml")
    (folder / "models").mkdir()
    shutil.copyfile(PROJECT / "models" / "qwen3-0.6b.yaml", folder / "models" / "qwen3-0.6b.yaml")


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read(folder: Path, name: str) -> None:
    if name.startswith("models"):
        read_catalog(folder)
    elif name == "clusters":
        read_cluster(folder, "test")
    elif name == "clashes":
        read_declared(folder, ["broken"])
    else:
        render_stack(folder, "broken", catalog())


def refusal(folder: Path, name: str) -> RefusedError:
    """Return how the files in a folder are refused; nothing in it changes meanwhile."""
    before, start = listing(folder), time.process_time()

    with pytest.raises(RefusedError) as caught:
        read(folder, name)

    assert time.process_time() - start < SLOWEST_SECONDS
    assert listing(folder) == before
    return caught.value


def check(error: RefusedError, file: str, expectation: str) -> None:
    """Check that one of the problems is as expected, and that each of them is one line."""
    lines = str(error).split("\n")

    assert [line for line in lines if line.startswith(file) and expectation in line], str(error)
    assert len(lines) == len(error.problems)
    assert all("; " in line and len(line) < LONGEST_LINE for line in lines)


@pytest.fixture(scope="module", autouse=True)
def _catalog_is_read() -> None:
    # Reading it takes longer than any case.
    catalog()


@pytest.fixture(autouse=True)
def _nobody_is_asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the network nor another program, so neither a cluster: a file is all there is."""
    if "child" in request.fixturenames:
        return

    def refuse(*_: Any, **__: Any) -> NoReturn:
        pytest.fail("something was asked before the file was refused")

    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(os, "posix_spawn", refuse)


@pytest.fixture
def child() -> None:
    """What a test asks for that runs the tool as a process of its own."""


def texts(case: Path) -> Iterator[tuple[str, str]]:
    """Return a broken file and its variants, each with the text its problem must contain."""
    text = case.read_text(encoding="utf-8")
    expectation = text.split("\n", 1)[0].removeprefix(MARK)
    found = re.match(r":([1-9][0-9]*): .{8}", expectation)
    assert found, f"{case.name} expects no line and cause"
    yield text, expectation
    at = int(found[1]) - 1
    lines = text.split("\n")
    for instead, cause in VARIANT.findall(text):
        yield "\n".join([*lines[:at], instead, *lines[at + 1 :]]), f":{found[1]}: {cause}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all cases: making and deleting one takes longer than any case."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "models").mkdir()
    (folder / "clusters" / "test").mkdir(parents=True)
    return folder


def declared_in(case: Path) -> str:
    """Return the file that a case is, by its class."""
    if case.parent.name == "clusters":
        return "clusters/test/cluster.yaml"
    is_model = case.parent.name.startswith("models")
    return f"models/{case.name}" if is_model else "Pulumi.broken.yaml"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_broken_file_is_refused_with_its_line_and_cause(
    case: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory
):
    room = case.parent.name
    file = declared_in(case)
    if room == "clashes":
        folder = tmp_path_factory.mktemp("clashes")
        add_other_stack(folder)
    try:
        for text, expectation in texts(case):
            (folder / file).write_bytes(text.encode())
            check(refusal(folder, room), file, expectation)
    finally:
        (folder / file).unlink()


@pytest.mark.parametrize("name", BYTES)
def test_broken_bytes_are_refused_with_their_line_and_cause(name: str, folder: Path):
    content, expectation = BYTES[name]
    (folder / "Pulumi.broken.yaml").write_bytes(content)

    check(refusal(folder, "bytes"), "Pulumi.broken.yaml", expectation)


@pytest.mark.thorough
@pytest.mark.usefixtures("child")
def test_the_command_refuses_each_class_without_any_network(tmp_path: Path):
    isolated = ["unshare", "--net", "--map-root-user"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*isolated, "true"], check=False).returncode
    ):
        pytest.skip("this user cannot make a network of its own")
    shutil.copyfile(PROJECT / "Pulumi.yaml", tmp_path / "Pulumi.yaml")
    (tmp_path / "Pulumi.broken.yaml").write_bytes(STACK)
    (tmp_path / "models").mkdir()
    cases = {
        case.stem: case for room in HOSTILE for case in sorted(CORPUS.glob(f"{room}/*.yaml"))[:3]
    }
    for name, case in cases.items():
        shutil.copyfile(case, tmp_path / "models" / f"{name}.yaml")
    before = listing(tmp_path)

    done = subprocess.run(
        [*isolated, sys.executable, "-m", "gitops", "check", "--sources"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (1, "")
    told = {line.split(":")[0] for line in done.stdout.splitlines()}
    assert told == {f"models/{name}.yaml" for name in cases}
    assert listing(tmp_path) == before


def read_all_bytes() -> None:
    """Read every broken text; run by a process of its own, whose memory is looked at."""
    for content, _ in BYTES.values():
        try:
            read_document(content, name="broken.yaml")
        except RefusedError:
            continue
    # Not from getrusage, which counts what the process that started this one had.
    (line,) = re.findall(r"VmHWM:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
    sys.stdout.write(line)


@pytest.mark.thorough
@pytest.mark.usefixtures("child")
def test_no_broken_text_takes_much_memory():
    code = "from tests.test_broken import read_all_bytes; read_all_bytes()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert int(done.stdout) < LARGEST_KIBIBYTES


def test_line_breaks_of_other_systems_change_nothing():
    plain = read_document(STACK, name="plain.yaml")

    assert read_document(STACK.replace(b"\n", b"\r\n"), name="dos.yaml").value == plain.value


def test_a_stack_without_a_file_is_refused_with_those_there_are(tmp_path: Path):
    (tmp_path / "Pulumi.dev.yaml").write_bytes(STACK)

    with pytest.raises(RefusedError, match=r"^Pulumi\.prod\.yaml: is not there; use one of: dev$"):
        render_stack(tmp_path, "prod", catalog())


def test_every_broken_model_of_a_catalog_is_told_at_once(tmp_path: Path):
    (tmp_path / "models").mkdir()
    for name in ("a", "b"):
        (tmp_path / "models" / f"{name}.yaml").write_text("mcp: {}\n", encoding="utf-8")

    with pytest.raises(RefusedError) as caught:
        read_catalog(tmp_path)

    assert [problem.file for problem in caught.value.problems] == ["models/a.yaml", "models/b.yaml"]


MODEL = """name: odd
kind: transcription
description: A model that no known server serves.
license: MIT
backend: whisper
minimum_server: v4.8.0
weights:
  url: https://weights.example/model.gguf
  file: model.gguf
  sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  size: 1000000
"""


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (
            ("backend: whisper", "backend: transformers"),
            "odd needs the engine transformers; the engine transformers is not",
        ),
        (("v4.8.0", "v99.0.0"), "odd needs LocalAI v99.0.0; raise localai:server.version, now v4"),
    ],
)
def test_a_model_that_the_server_cannot_serve_is_refused(
    change: tuple[str, str], cause: str, tmp_path: Path
):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "odd.yaml").write_text(MODEL.replace(*change), encoding="utf-8")
    (tmp_path / "Pulumi.broken.yaml").write_bytes(STACK.replace(b"qwen3-0.6b", b"odd"))

    with pytest.raises(RefusedError) as caught:
        render_stack(tmp_path, "broken", read_catalog(tmp_path))

    check(caught.value, "Pulumi.broken.yaml", f":5: config.localai:pools.chat.models[0]: {cause}")
