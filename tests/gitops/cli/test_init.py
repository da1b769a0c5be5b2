import subprocess
import sys
from pathlib import Path

import pytest

import models
from gitops.cli import exits
from tests.gitops.commands import CommandLine
from tests.support.project import PROJECT

FILES = [
    ".gitignore",
    "Pulumi.dev.yaml",
    "Pulumi.yaml",
    "__main__.py",
    "models",
    "requirements.txt",
]


@pytest.fixture
def folder(tmp_path: Path, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    del command_line  # it goes to a checkout first
    # The tool offers the models next to its code, which here are a team's.
    monkeypatch.setattr(models, "__file__", str(PROJECT / "models" / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ours"


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_one_command_writes_a_repository_that_check_takes_and_shows_its_plan(
    command_line: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    ended = command_line("init", "ours")
    assert ended.code == exits.DONE, ended.err
    assert names(folder) == FILES
    assert "26 created" in ended.out.replace("\n", " ")
    assert len(ended.out.partition("next:\n")[2].splitlines()) == 3
    monkeypatch.chdir(folder)
    assert "no problems found" in command_line("check").out


def test_a_gpu_that_the_folder_describes_may_be_named(command_line: CommandLine, folder: Path):
    (folder / "gpus").mkdir(parents=True)
    text = "name: quadro\nimages: cuda-12\nresource: nvidia.com/gpu\nmemory: 48Gi\n"
    (folder / "gpus" / "quadro.yaml").write_text(text)
    ended = command_line("init", "ours", "--gpu", "quadro")

    assert ended.code == exits.DONE, ended.err
    assert "gpu: quadro" in (folder / "Pulumi.dev.yaml").read_text()


def test_every_option_ends_up_in_the_stack_file(command_line: CommandLine, folder: Path):
    ended = command_line(
        "init", "ours", "--name", "prod", "--cluster", "main", "--namespace", "models",
        "--gpu", "nvidia-l4", "--storage-class", "fast", "--access", "ReadWriteMany",
        "--domain", "ai.example.com", "--model", "qwen3-8b",
    )  # fmt: skip
    text = (folder / "Pulumi.prod.yaml").read_text()

    assert ended.code == exits.DONE, ended.err
    for line in ("localai:namespace: models", "localai:cluster: main", "gpu: nvidia-l4",
                 "class: fast", "access: ReadWriteMany", "host: ai.example.com"):  # fmt: skip
        assert line in text
    assert [one.name for one in (folder / "models").iterdir()] == ["qwen3-8b.yaml"]


@pytest.mark.parametrize("ignored", ["rendered", ".venv"])
def test_git_ignores_the_environment_and_no_manifests_that_argo_cd_pulls(
    command_line: CommandLine, folder: Path, ignored: str
):
    assert command_line("init", "ours").code == exits.DONE
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    place = folder / ignored / "dev" / "configmap.yaml"
    place.parent.mkdir(parents=True)
    place.write_text("kind: ConfigMap\n")

    done = subprocess.run(["git", "check-ignore", "--quiet", str(place)], cwd=folder)

    assert (done.returncode == 0) is (ignored == ".venv")


def test_a_file_that_is_there_is_refused_with_what_this_verb_can_do(
    command_line: CommandLine, folder: Path
):
    folder.mkdir()
    (folder / ".gitignore").write_text("mine\n")
    ended = command_line("init", "ours")

    assert ended.code == exits.REFUSED
    assert ended.err.endswith(
        ".gitignore: is there already, and would be overwritten; "
        "move it, or choose another folder\n"
    )
    assert names(folder) == [".gitignore"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--gpu", "l4"), "did you mean 'nvidia-l4'"),
        (("--model", "gpt-5"), "'gpt-5' is not in the catalog"),
        (("--access", "Many"), "use one of ReadWriteOnce, ReadWriteMany"),
        (("--gpu", "nvidia-t4", "--model", "qwen3-32b"), "does not fit|need"),
        (("--name", "My Stack"), "no label can carry"),
        (("--gpu", "vulkan-dri", "--model", "qwen3-0.6b"), "--gpu-memory: is needed"),
        (("--domain", "local"), "ai.example.com"),
        (("--gpu", "vulkan-dri", "--gpu-memory", "lots"), "lots"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_is_written(
    command_line: CommandLine, folder: Path, arguments: tuple[str, ...], said: str
):
    ended = command_line("init", "ours", *arguments)

    assert ended.code == exits.REFUSED
    assert any(part in ended.err for part in said.split("|")), ended.err
    assert "Traceback" not in ended.err
    assert not folder.exists()


def test_a_project_that_is_there_is_left_alone(command_line: CommandLine, folder: Path):
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: theirs\n")

    assert "stack new" in command_line("init", "ours").err
    assert names(folder) == ["Pulumi.yaml"]


def test_on_a_terminal_what_no_option_says_is_asked(
    command_line: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    def answer(question: str, *, default: str, show_default: bool) -> str:
        del show_default
        asked.append(question)
        return {"Name of its cluster": "far"}.get(question, default)

    monkeypatch.setattr("typer.prompt", answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    ended = command_line("init", "ours", "--name", "qa")

    assert ended.code == exits.DONE, ended.err
    assert "Name of the stack" not in asked
    assert "localai:cluster: far" in (folder / "Pulumi.qa.yaml").read_text()
