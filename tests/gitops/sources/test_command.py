import re
from collections.abc import Generator
from pathlib import Path

import pytest

from gitops.cli import exits
from settings.stack.rules import names
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine
from tests.gitops.hub import Hub, certificate, hub
from tests.samples import catalog

LOOPBACK = ("--sources", "--allow-network", "127.0.0.1/32")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def mirror(keys: tuple[Path, Path]) -> Generator[Hub]:
    with hub(*keys) as running:
        yield running


@pytest.fixture
def models(checkout: Checkout, mirror: Hub, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models of dev, which fetches them from the mirror, where all of them are."""
    # The mirror is on this machine, which no stack may name as a source.
    monkeypatch.setattr(names, "acceptable", accepted)
    text = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    checkout.write("Pulumi.dev.yaml", f"{text}  localai:hub: {{endpoint: {mirror.address}}}\n")
    for model in catalog().definitions.values():
        for file in model.files:
            path = file.url.removeprefix("https://huggingface.co")
            mirror.file(path, file.size.bytes, file.sha256)
    return sorted(name for name in catalog().definitions if re.search(rf"\b{name}\b", text))


def accepted(url: str, **_: object) -> bool:
    return bool(url)


def asked(mirror: Hub) -> list[str]:
    return [one.path for one in mirror.requests]


def test_sources_that_agree_have_nothing_to_mend(
    command_line: CommandLine, models: list[str], mirror: Hub, keys: tuple[Path, Path]
):
    ended = command_line("check", "dev", *LOOPBACK, "--ca-file", str(keys[1]))

    assert ended.code == exits.DONE, ended.out
    assert re.search(rf"^1 stack, \d+ objects, {len(asked(mirror))} sources: no problems found$",
                     ended.out, re.MULTILINE)  # fmt: skip
    assert len(asked(mirror)) >= len(models) >= 1
    assert {one.method for one in mirror.requests} == {"HEAD"}
    assert ended.err == ""


def test_what_a_source_says_otherwise_is_told_with_its_line(
    command_line: CommandLine, models: list[str], mirror: Hub, keys: tuple[Path, Path]
):
    file = catalog().definitions[models[0]].weights
    mirror.file(file.url.removeprefix("https://huggingface.co"), 77, "b" * 64)
    ended = command_line("check", "dev", *LOOPBACK, "--ca-file", str(keys[1]))

    assert ended.code == exits.REFUSED
    lines = [line for line in ended.out.splitlines() if line.startswith(f"models/{models[0]}.yaml")]
    assert [re.sub(r":\d+:", ":N:", line).split(": ")[1] for line in lines if "77" in line or "bbb"
            in line] == ["weights.size", "weights.sha256"]  # fmt: skip


@pytest.mark.usefixtures("models")
def test_a_private_mirror_is_not_asked_unless_its_network_is_named(
    command_line: CommandLine, mirror: Hub, keys: tuple[Path, Path]
):
    ended = command_line("check", "dev", "--sources", "--ca-file", str(keys[1]))

    assert ended.code == exits.REFUSED
    assert "weights.url: is not public, and is not asked; use a public" in ended.out
    assert asked(mirror) == []


@pytest.mark.usefixtures("models")
def test_nothing_is_asked_of_a_mirror_whose_certificate_nobody_vouches_for(
    command_line: CommandLine, mirror: Hub
):
    ended = command_line("check", "dev", *LOOPBACK)

    assert ended.code == exits.REFUSED
    assert "--ca-file" in ended.out
    assert asked(mirror) == []


@pytest.mark.usefixtures("models")
def test_nothing_is_asked_where_something_else_is_wrong(
    command_line: CommandLine, checkout: Checkout, mirror: Hub, keys: tuple[Path, Path]
):
    checkout.edit("models/qwen3-0.6b.yaml", "slots: 2", "slotts: 2")
    ended = command_line("check", "dev", *LOOPBACK, "--ca-file", str(keys[1]))

    assert ended.code == exits.REFUSED
    assert asked(mirror) == []


@pytest.mark.usefixtures("models")
def test_a_mirror_that_a_stack_file_names_gets_no_token(
    command_line: CommandLine,
    mirror: Hub,
    keys: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("HF_TOKEN", "hf_hush")
    arguments = ("check", "dev", *LOOPBACK, "--ca-file", str(keys[1]))
    assert command_line(*arguments).code == exits.DONE
    assert {one.authorization for one in mirror.requests} == {None}

    mirror.requests.clear()
    monkeypatch.setenv("HF_ENDPOINT", mirror.address)
    ended = command_line(*arguments)
    assert {one.authorization for one in mirror.requests} == {"Bearer hf_hush"}
    assert "hush" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--sources", "--allow-network", "10.1.2.3/8"), "write it as 10.1.0.0/16"),
        (("--sources", "--ca-file", "absent.pem"), "absent.pem: cannot be read"),
        (("--allow-network", "10.0.0.0/8"), "are for --sources"),
        (("--ca-file", "a.pem"), "are for --sources"),
    ],
)
@pytest.mark.usefixtures("checkout")
def test_options_that_cannot_be_are_told(
    command_line: CommandLine, arguments: tuple[str, ...], words: str
):
    ended = command_line("check", "dev", *arguments)

    assert ended.code != exits.DONE
    assert words in ended.out + ended.err


@pytest.mark.usefixtures("checkout")
def test_a_token_with_a_line_break_is_told_without_it(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", "hf_hush\nX: y")
    ended = command_line("check", "dev", "--sources")

    assert ended.code == exits.REFUSED
    assert "HF_TOKEN: holds a blank or a control character; correct it" in ended.out + ended.err
    assert "hush" not in ended.out + ended.err
