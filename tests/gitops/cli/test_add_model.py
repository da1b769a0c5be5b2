"""`models add` against a hub on the loopback, over TLS."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from gitops.cli import exits
from models.catalog import read_definition
from tests.gitops.authoring.folders import small_repository
from tests.gitops.authoring.test_gguf import head as head_of_a_file
from tests.gitops.authoring.test_hub import COMMIT, DIGEST
from tests.gitops.commands import CommandLine, Ended
from tests.gitops.hub import Hub, certificate, hub

FILES = ("Tiny-Q4_K_M.gguf", "Tiny-Q8_0.gguf", "mmproj-F16.gguf", "README.md")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def server(keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Generator[Hub]:
    with hub(*keys) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        siblings = [
            {"rfilename": name, "size": 5, "lfs": {"sha256": DIGEST, "size": 2_000_000_000}}
            for name in FILES
        ]
        card = {"sha": COMMIT, "cardData": {"license": "apache-2.0"}, "siblings": siblings}
        question = "/api/models/owner/Tiny-GGUF/revision/main?blobs=true"
        running.bodies[question] = json.dumps(card).encode()
        for name in FILES[:2]:
            path = f"/owner/Tiny-GGUF/resolve/{COMMIT}/{name}"
            running.answers[path] = (302, {"Location": f"/cdn/{name}", "Content-Length": "0"})
            running.bodies[f"/cdn/{name}"] = head_of_a_file() + bytes(3_000_000)
        yield running


@pytest.fixture
def folder(tmp_path: Path, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    del command_line  # it goes to a checkout first
    made = small_repository(tmp_path / "repository")
    monkeypatch.chdir(made)
    return made


def add(command_line: CommandLine, keys: tuple[Path, Path], *arguments: str) -> Ended:
    return command_line(
        "models", "add", *arguments, "--allow-network", "127.0.0.0/8", "--ca-file", str(keys[1])
    )


def test_one_command_writes_a_model_that_check_takes(
    command_line: CommandLine, folder: Path, server: Hub, keys: tuple[Path, Path]
):
    ended = add(command_line, keys, "huggingface://owner/Tiny-GGUF", "--quantization", "q4_k_m")
    found = read_definition(folder, "tiny.yaml")

    assert (ended.code, ended.err) == (exits.DONE, "")
    assert "wrote models/tiny.yaml" in ended.out
    assert found.weights.url == (
        f"https://huggingface.co/owner/Tiny-GGUF/resolve/{COMMIT}/Tiny-Q4_K_M.gguf"
    )
    assert (found.weights.size.bytes, found.license) == (2_000_000_000, "Apache-2.0")
    assert "GET" in {one.method for one in server.requests}
    assert command_line("models", "fit", "tiny").code == exits.DONE


def test_where_several_files_may_be_meant_they_are_listed_and_nothing_is_written(
    command_line: CommandLine, folder: Path, server: Hub, keys: tuple[Path, Path]
):
    before = sorted((folder / "models").iterdir())
    ended = add(command_line, keys, "https://huggingface.co/owner/Tiny-GGUF")

    assert ended.code == exits.REFUSED
    rows = [line.split() for line in ended.out.splitlines()[2:]]
    assert rows == [[name, name[5:-5], "2.00", "GB"] for name in FILES[:2]]
    assert len(server.requests) == 1
    assert (
        "no file is of that"
        in add(command_line, keys, "hf://owner/Tiny-GGUF", "--quantization", "Q2_K").out
    )
    assert sorted((folder / "models").iterdir()) == before


def test_a_file_of_the_address_is_taken(
    command_line: CommandLine, folder: Path, server: Hub, keys: tuple[Path, Path]
):
    del server
    address = "huggingface://owner/Tiny-GGUF/Tiny-Q8_0.gguf"
    assert add(command_line, keys, address, "--name", "small-one").code == exits.DONE
    assert read_definition(folder, "small-one.yaml").weights.file == "Tiny-Q8_0.gguf"
    again = add(command_line, keys, address, "--name", "small")
    assert again.code == exits.REFUSED
    assert "is there already" in again.err


def test_another_host_is_asked_for_its_size_and_wants_the_digest_and_the_license(
    command_line: CommandLine, folder: Path, server: Hub, keys: tuple[Path, Path]
):
    url = f"{server.address.replace('127.0.0.1', 'localhost')}/plain/Odd-Q8_0.gguf"
    server.answers["/plain/Odd-Q8_0.gguf"] = (200, {"Content-Length": "2000000000"})
    server.bodies["/plain/Odd-Q8_0.gguf"] = head_of_a_file()
    ended = add(command_line, keys, url)
    assert "says no digest; give it as --sha256" in ended.err
    ended = add(command_line, keys, url, "--sha256", DIGEST)
    assert "says no license" in ended.err
    assert sorted(one.name for one in (folder / "models").glob("odd*")) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {"Content-Length": "0", "X-Error-Code": "RepoNotFound"}), "has no such repository"),
        ((429, {"Content-Length": "0"}), "too many requests"),
        ((302, {"Content-Length": "0", "Location": "http://169.254.169.254/"}), "is not https"),
    ],
)
def test_a_hub_that_does_not_answer_is_said_with_the_cure(
    command_line: CommandLine, folder: Path, server: Hub, keys: tuple[Path, Path],
    answer: tuple[int, dict[str, str]], said: str,
):  # fmt: skip
    del folder
    server.answers["/api/models/owner/none/revision/main?blobs=true"] = answer
    ended = add(command_line, keys, "huggingface://owner/none")

    assert ended.code == exits.REFUSED
    assert said in ended.err


def test_a_private_network_is_not_asked_unless_it_is_named(
    command_line: CommandLine, folder: Path, server: Hub
):
    del folder
    ended = command_line("models", "add", "huggingface://owner/Tiny-GGUF")

    assert "name the network of your mirror with --allow-network" in ended.err
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("ollama://tiny", "uses ollama:, and only https is fetched"),
        ("foo", "has no scheme"),
        ("huggingface://x", "names an owner, but no repository"),
    ],
)
def test_an_address_of_another_kind_is_refused_with_those_that_are_taken(
    command_line: CommandLine, folder: Path, address: str, cause: str
):
    del folder
    ended = command_line("models", "add", address)
    assert ended.code == exits.REFUSED
    cure = "use huggingface://owner/repository[/file], or an https address"
    assert ended.err == f"{address}: {cause}; {cure}\n"
