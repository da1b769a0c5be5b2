"""A corpus of broken files: each is refused in one line that names the place, cause and cure.

The first line of a file is the text its problem must contain. A file of a class that starts with
`models` is a model, any other is a stack.
"""

import re
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from documents.problem import RefusedError
from documents.reader import LARGEST_BYTES
from gitops.planning.declared import render_stack
from models.catalog import read_catalog
from tests.samples import catalog

CORPUS = Path(__file__).parent / "broken"
CASES = sorted(CORPUS.glob("*/*.yaml"))
MARK = "# expect: "
SLOWEST_SECONDS = 2.0
LONGEST_LINE = 1200

STACK = b"""config:
  localai:namespace: localai-test
  localai:cluster: test
  localai:server: {version: v4.9.0}
  localai:pools: {chat: {models: [qwen3-0.6b], storage: {size: 20Gi}}}
"""
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
    "more-than-a-mebibyte": (STACK + b"#" * LARGEST_BYTES, " bytes long; keep it under 1048576"),
    "a-million-brackets": (b"config: " + b"[" * 1_000_000, ":1: config[0]"),
    "a-million-dashes": (b"- " * 500_000, ": is nested deeper than 32; flatten it"),
    "a-million-braces": (b"{" * 1_000_000, ":1: has a key that is not plain text"),
    "a-hundred-thousand-anchors": (b"&a " * 100_000, ":1: "),
    "digits-that-end-in-a-letter": (b"a: " + b"1" * 500_000 + b"x\n", ":1: a: is not a known key"),
    "digits-between-dots": (b"a: " + b"1." * 500_000 + b"x\n", ":1: a: is not a known key"),
    "digits-between-colons": (b"a: " + b"1:1" * 300_000 + b"x\n", ":1: a: is not a known key"),
    "underscores": (b"a: 1" + b"_" * 900_000 + b"x\n", ":1: a: is not a known key"),
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


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read(folder: Path, name: str) -> None:
    if name.startswith("models"):
        read_catalog(folder)
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_broken_file_is_refused_with_its_line_and_cause(case: Path, tmp_path: Path):
    room = case.parent.name
    file = f"models/{case.name}" if room.startswith("models") else "Pulumi.broken.yaml"
    (tmp_path / file).parent.mkdir(exist_ok=True)
    shutil.copyfile(case, tmp_path / file)
    expectation = case.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix(MARK)

    check(refusal(tmp_path, room), file, expectation)


@pytest.mark.parametrize("name", BYTES)
def test_broken_bytes_are_refused_with_their_line_and_cause(name: str, tmp_path: Path):
    content, expectation = BYTES[name]
    (tmp_path / "Pulumi.broken.yaml").write_bytes(content)

    check(refusal(tmp_path, "bytes"), "Pulumi.broken.yaml", expectation)


def test_every_case_expects_a_line_and_a_cause():
    firsts = [case.read_text(encoding="utf-8").split("\n", 1)[0] for case in CASES]

    assert not [first for first in firsts if not re.match(rf"{MARK}:[1-9][0-9]*: .{{8}}", first)]


def test_the_corpus_has_cases_of_every_class():
    found = Counter(case.parent.name for case in CASES)

    assert len(CASES) >= 100
    assert sorted(found) == sorted(path.name for path in CORPUS.iterdir())
    assert min(found.values()) >= 5


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
  url: https://weights.example/model.bin
  file: model.bin
  sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  size: 1000000
"""


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (
            ("backend: whisper", "backend: abacus"),
            "odd needs the engine abacus; LocalAI v4.9.0 has",
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
