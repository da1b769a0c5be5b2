import io
import json
import sys
from pathlib import Path

import pytest

from gitops.cli import exits
from tests.gitops.adoption.layouts.samples import COMPOSE, EVERY, KEY, LIST, VALUES, WRAPPER
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine

MIGRATE = ("models", "migrate")
# What the project of the tests has the weights of, or not.
COMPLETE = sorted(EVERY.keys() - {"list", "tags", "modelfile"})


def given(folder: Path, text: str) -> str:
    file = folder / "before"
    file.write_text(text)
    return str(file)


def alone(checkout: Checkout) -> None:
    """Leave the stack that is written the only one, so that no image has to be pinned."""
    for file in checkout.folder.glob("Pulumi.*.yaml"):
        file.unlink()


@pytest.mark.parametrize("name", COMPLETE)
def test_what_is_written_passes_the_check(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path, name: str
):
    alone(checkout)
    ended = command_line(*MIGRATE, given(tmp_path, EVERY[name]), "--stack", "home")

    assert ended.code == exits.DONE, ended.err
    checked = command_line("check", "home")
    assert checked.code == exits.DONE, checked.out
    written = [path.read_text() for path in checkout.folder.rglob("*.yaml") if path.is_file()]
    assert KEY not in ended.out + ended.err + "".join(written)


@pytest.mark.parametrize("name", ["list", "tags", "modelfile"])
def test_without_a_complete_model_nothing_is_written_and_commands_are_said(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path, name: str
):
    before = checkout.git("status", "--porcelain")
    ended = command_line(*MIGRATE, given(tmp_path, EVERY[name]))

    assert ended.code == exits.REFUSED
    assert "nothing was written; what is not known yet says why" in ended.out
    assert "localai-gitops models add huggingface://OWNER/REPOSITORY" in ended.out
    assert checkout.git("status", "--porcelain") == before


def test_a_model_that_was_added_meanwhile_is_in_the_stack(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    alone(checkout)
    text = (checkout.folder / "models/nomic-embed-text-v1.5.yaml").read_text()
    checkout.write(
        "models/nomic-embed-text.yaml",
        text.replace("nomic-embed-text-v1.5\n", "nomic-embed-text\n", 1),
    )
    ended = command_line(*MIGRATE, given(tmp_path, LIST), "--stack", "home")

    assert ended.code == exits.DONE, ended.err
    assert "- nomic-embed-text\n" in (checkout.folder / "Pulumi.home.yaml").read_text()
    assert command_line("check", "home").code == exits.DONE


def test_each_thing_that_would_not_work_has_its_line(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    del checkout
    file = given(tmp_path, COMPOSE)
    said = command_line(*MIGRATE, file, "--dry-run").out

    for line in (
        f"{file}:4: services.api.image: localai/localai:latest-aio-cpu is gone",
        f"{file}:10: services.api.environment[1]: the variable REBUILD is not read any more",
        f"{file}:13: services.api.volumes[0]: /build/models is read up to v3.0 alone",
        "`API_KEY` is now `LOCALAI_API_KEY`, `THREADS` is now `LOCALAI_THREADS`; the old names are",
        "tts-1: is for piper",
    ):
        assert line in said


def test_a_dry_run_writes_nothing_and_says_what_it_would(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    before = checkout.git("status", "--porcelain")
    ended = command_line(*MIGRATE, given(tmp_path, WRAPPER), "--dry-run")

    assert ended.code == exits.DONE
    assert "Would write Pulumi.migrated.yaml, models/llama-3.yaml" in ended.out
    assert checkout.git("status", "--porcelain") == before


def test_it_writes_where_it_is_told(command_line: CommandLine, checkout: Checkout, tmp_path: Path):
    before = checkout.git("status", "--porcelain")
    out = tmp_path / "there"
    ended = command_line(*MIGRATE, given(tmp_path, VALUES), "--out", str(out))

    assert ended.code == exits.DONE, ended.err
    assert sorted(one.name for one in out.rglob("*.yaml")) == ["Pulumi.migrated.yaml", "one.yaml"]
    assert "chat: 'Q: {{.Input}}" in (out / "models" / "one.yaml").read_text()
    assert checkout.git("status", "--porcelain") == before


def test_a_file_that_is_there_is_kept(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    (checkout.folder / "Pulumi.migrated.yaml").write_text("mine\n")
    ended = command_line(*MIGRATE, given(tmp_path, WRAPPER))

    assert ended.code == exits.REFUSED
    assert "Pulumi.migrated.yaml" in ended.err
    assert not (checkout.folder / "models" / "llama-3.yaml").exists()


def test_standard_input_is_a_file_too(
    command_line: CommandLine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
):
    del checkout

    class Input:
        buffer = io.BytesIO(WRAPPER.encode())

    monkeypatch.setattr(sys, "stdin", Input)
    ended = command_line(*MIGRATE, "-", "--dry-run", "--output", "json")
    said = json.loads(ended.out)

    assert said["source"] == "standard input (models wrapper)"
    assert said["written"] == []
    assert any(one["subject"] == "standard input:1: models" for one in said["remarks"])


def test_facts_of_files_complete_a_model(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    alone(checkout)
    facts = tmp_path / "facts.txt"
    facts.write_text(f"{'a' * 64}  ./words.gguf\n200  ./words.gguf\n")
    entry = "name: words\nembeddings: true\nparameters: {model: words.gguf}\n"
    fetched = "download_files: [{filename: words.gguf, uri: 'https://a.test/words.gguf'}]\n"
    file = given(tmp_path, entry + fetched)
    ended = command_line(*MIGRATE, file, "--stack", "home", "--facts", str(facts))

    assert ended.code == exits.DONE, ended.err
    assert command_line("check", "home").code == exits.DONE
    assert command_line(*MIGRATE, file, "--stack", "other").code == exits.DONE


def test_models_next_to_a_compose_file_are_read(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    alone(checkout)
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "a.yaml").write_text(WRAPPER)
    compose = "services: {api: {image: 'localai/localai:v4.9.0', volumes: ['./models:/models']}}\n"
    file = given(tmp_path, compose)

    assert "`--models ./models` reads them" in command_line(*MIGRATE, file).out
    ended = command_line(*MIGRATE, file, "--stack", "home", "--models", str(folder))
    assert ended.code == exits.DONE, ended.err
    assert "- llama-3\n" in (checkout.folder / "Pulumi.home.yaml").read_text()


def test_a_gpu_that_nothing_names_is_asked_for(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    del checkout
    text = COMPOSE.replace("restart: always", "gpus: all")
    ended = command_line(*MIGRATE, given(tmp_path, text))

    assert ended.code == exits.REFUSED
    assert "name the profile with --gpu, such as --gpu nvidia-l4" in ended.err
    ended = command_line(*MIGRATE, given(tmp_path, text), "--gpu", "nvidia-l4", "--dry-run")
    assert ended.code == exits.DONE, ended.err


def test_a_file_of_no_known_form_is_refused_in_one_line(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    del checkout
    ended = command_line(*MIGRATE, given(tmp_path, "a: 1\n"))

    assert ended.code == exits.REFUSED
    assert "is of no form that is known; give a Compose file" in ended.err
    assert ended.err.count("\n") == 1
