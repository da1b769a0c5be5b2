import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gitops.adapters.git import Git
from gitops.adapters.process import Finished, run
from gitops.planning.base import BaseRendering, render_base
from gitops.planning.checkout import declared
from gitops.planning.rendering.rendering import INDEX
from tests.gitops.checkouts import Checkout


@dataclass
class Runner:
    """Runs programs, and remembers how often the code of a base was among them."""

    renders: int = 0
    interrupted: bool = False
    folders: list[Path] = field(default_factory=list[Path])

    def __call__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        if "gitops" in command:
            self.renders += 1
            self.folders.append(folder)
            if self.interrupted:
                half = Path(command[-1]) / "dev"
                half.mkdir(parents=True)
                (half / INDEX).write_text("{", encoding="utf-8")
                raise KeyboardInterrupt
        return run(command, folder, environment, given)


def base(checkout: Checkout, commit: str, cache: Path, runner: Runner) -> BaseRendering:
    return render_base(Git(folder=checkout.folder, run=run), commit, runner, cache)


@pytest.fixture(scope="module")
def kept(first_checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that holds the rendering of the first checkout."""
    cache = tmp_path_factory.mktemp("kept") / "cache"
    base(first_checkout, first_checkout.head, cache, Runner())
    return cache


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_base_renders_as_the_checkout_did_once_and_leaves_git_alone(
    checkout: Checkout, tmp_path: Path
):
    cache, runner = tmp_path / "cache", Runner()
    expected = {one.stack: one for one in declared(checkout.folder, ())}
    checkout.write(".gitattributes", "Pulumi.production.yaml export-ignore\n* export-subst ident\n")
    commit, before = checkout.commit("Steer Git"), checkout.private_files()
    first = base(checkout, commit, cache, runner)
    stored = contents(cache)
    second = base(checkout, commit, cache, runner)
    assert first.stacks == expected
    assert first.notes == ()
    assert second == first
    assert runner.renders == 1
    assert contents(cache) == stored
    assert [path.name.split("-")[0] for path in cache.iterdir()] == [commit]
    assert checkout.private_files() == before


@pytest.mark.thorough
@pytest.mark.parametrize("left", ["parts.json", "nothing"])
def test_a_kept_rendering_that_lost_files_is_made_again(
    first_checkout: Checkout, kept: Path, tmp_path: Path, left: str
):
    cache, runner = tmp_path / "cache", Runner()
    shutil.copytree(kept, cache)
    whole = contents(cache)
    for path in cache.rglob("*"):
        if path.is_file() and path.name != left:
            path.unlink()
    base(first_checkout, first_checkout.head, cache, runner)
    assert contents(cache) == whole
    assert runner.renders == 1


def test_a_base_without_the_tool_is_said_to_have_none(checkout: Checkout, tmp_path: Path):
    shutil.rmtree(checkout.folder / "gitops")
    commit = checkout.commit("Before there was a tool")
    checkout.git("checkout", "--quiet", "HEAD^", "--", "gitops")
    runner = Runner()
    result = base(checkout, commit, tmp_path / "cache", runner)
    assert result.stacks == {}
    assert "no gitops/" in result.failure
    assert runner.renders == 0
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_base_that_its_own_code_refuses_is_said_to_be(checkout: Checkout, tmp_path: Path):
    checkout.edit("Pulumi.dev.yaml", "localai:namespace", "localai:nmespace")
    commit = checkout.commit("Break the stack file")
    result = base(checkout, commit, tmp_path / "cache", Runner())
    assert result.stacks == {}
    assert "its own code refuses it: Pulumi.dev.yaml:" in result.failure
    assert "config.localai:nmespace: is not a known key; did you mean" in result.failure
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.thorough
def test_a_base_with_other_libraries_says_so_plainly(checkout: Checkout, tmp_path: Path):
    commit = checkout.head
    checkout.write("requirements.txt", "pyyaml==1.0\n")
    runner = Runner()
    first = base(checkout, commit, tmp_path / "cache", runner)
    second = base(checkout, commit, tmp_path / "cache", runner)
    assert runner.renders == 1
    assert first.stacks
    assert first == second
    assert ["other libraries" in note for note in first.notes] == [True]


def test_an_unknown_commit_is_said_to_be_unreadable(checkout: Checkout, tmp_path: Path):
    result = base(checkout, "0" * 40, tmp_path / "cache", Runner())
    assert "Git cannot read it: fatal" in result.failure


def test_an_interrupted_rendering_leaves_nothing(checkout: Checkout, tmp_path: Path):
    runner = Runner(interrupted=True)
    with pytest.raises(KeyboardInterrupt):
        base(checkout, checkout.head, tmp_path / "cache", runner)
    assert runner.renders == 1
    assert list((tmp_path / "cache").iterdir()) == []
    assert not runner.folders[0].exists()


def test_a_cached_rendering_of_another_version_is_refused(checkout: Checkout, tmp_path: Path):
    def newer(
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        if "gitops" not in command:
            return run(command, folder, environment, given)
        stack = Path(command[-1]) / "dev"
        stack.mkdir(parents=True)
        (stack / INDEX).write_text('{"version": 99}', encoding="utf-8")
        return Finished(code=0, output=b"", errors="")

    git = Git(folder=checkout.folder, run=run)
    result = render_base(git, checkout.head, newer, tmp_path / "cache")
    assert result.stacks == {}
    assert "version 99" in result.failure
