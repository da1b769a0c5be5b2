"""A commit is read as its blobs are, whatever it, the checkout or the environment says."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops.adapters.git import Git, GitError, blob_id
from gitops.adapters.process import Finished, run
from tests.gitops.checkouts import Checkout

TEXT = b"$Id$ $Format:%H$\r\nsecond line\n"
# Every attribute of gitattributes(5) that changes what Git writes out or compares.
ATTRIBUTES = (
    "export-ignore", "export-subst", "text", "-text", "text=auto", "eol=crlf", "eol=lf", "crlf",
    "-crlf", "ident", "filter=upper", "working-tree-encoding=UTF-16", "diff=upper", "-diff",
    "merge=union", "whitespace=fix", "conflict-marker-size=3", "delta", "-delta",
    "encoding=latin-1", "binary", "linguist-generated",
)  # fmt: skip


def git(checkout: Checkout) -> Git:
    return Git(folder=checkout.folder, run=run)


def stored(checkout: Checkout, commit: str) -> dict[str, str]:
    """Return the blobs of a commit by path, as Git itself lists them."""
    listed = checkout.git("ls-tree", "-r", "-z", commit).rstrip("\0").split("\0")
    facts = (line.partition("\t") for line in listed)
    return {path: fact.split()[2] for fact, _, path in facts if " blob " in fact}


def written(folder: Path, like: str) -> dict[str, str]:
    """Return the ids of the files in a folder by path; a link is the path that it holds."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return {path.relative_to(folder).as_posix(): blob_id(_content(path), like) for path in paths}


def _content(path: Path) -> bytes:
    return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()


def planted(checkout: Checkout, files: Mapping[str, bytes], mode: str = "100644") -> str:
    """Commit contents as they are, past every filter of this checkout, and return the commit."""
    for path, content in files.items():
        identity = subprocess.run(
            ["git", "hash-object", "-w", "--stdin", "--no-filters"], input=content,
            cwd=checkout.folder, capture_output=True, check=True,
        ).stdout.decode().strip()  # fmt: skip
        checkout.git("update-index", "--add", "--cacheinfo", f"{mode},{identity},{path}")
    return checkout.git("commit-tree", checkout.git("write-tree"), "-p", "HEAD", "-m", "Plant")


@pytest.mark.parametrize("where", [".gitattributes", ".git/info/attributes", "deep/.gitattributes"])
def test_no_attribute_changes_what_is_read(repository: Checkout, tmp_path: Path, where: str):
    lines = "".join(f"f{at}.yaml {one}\n" for at, one in enumerate(ATTRIBUTES))
    files = {f"deep/f{at}.yaml": TEXT for at in range(len(ATTRIBUTES))}
    if where.startswith(".git/"):
        repository.write(where, lines)
    else:
        files[where] = lines.encode()
    commit = planted(repository, files)
    repository.git("config", "filter.upper.smudge", "tr a-z A-Z")
    repository.git("config", "filter.upper.required", "true")
    git(repository).extract(commit, tmp_path / "out")
    assert written(tmp_path / "out", commit) == stored(repository, commit)
    assert {path.read_bytes() for path in (tmp_path / "out/deep").glob("f*.yaml")} == {TEXT}


@pytest.mark.thorough
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(
        st.tuples(st.sampled_from(["*", "*.yaml", "/a", "deep/**"]), st.sampled_from(ATTRIBUTES))
    ),
    files=st.dictionaries(
        st.from_regex(r"[a-zé \t'\"]{1,8}(/[a-z.]{1,4}x)?", fullmatch=True).map(
            lambda name: f"f{name.strip()}"
        ),
        st.binary(max_size=60),
        max_size=5,
    ).filter(lambda files: not {path.split("/")[0] for path in files if "/" in path} & {*files}),
)
def test_what_is_written_is_what_the_commit_lists(
    first_repository: Checkout,
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[tuple[str, str]],
    files: dict[str, bytes],
):
    folder = tmp_path_factory.mktemp("any")
    checkout = Checkout(folder=folder / "repository")
    first_repository.git("clone", "--quiet", "--no-checkout", ".", str(checkout.folder))
    checkout.git("read-tree", "--empty")
    checkout.git("config", "user.name", "Somebody")
    checkout.git("config", "user.email", "somebody@example.org")
    attributes = "".join(f"{pattern} {one}\n" for pattern, one in lines).encode()
    commit = planted(checkout, {**files, ".gitattributes": attributes})
    git(checkout).extract(commit, folder / "out")
    assert written(folder / "out", commit) == stored(checkout, commit)


SETTINGS = (
    "core.autocrlf=true", "core.eol=crlf", "core.symlinks=false", "core.fileMode=false",
    "core.precomposeUnicode=true", "core.ignoreCase=true", "core.quotePath=true",
    "core.attributesFile=attributes", "core.sparseCheckout=true", "tar.umask=user",
    "core.bigFileThreshold=1", "core.abbrev=4",
)  # fmt: skip


def test_no_setting_of_the_checkout_changes_what_is_read(repository: Checkout, tmp_path: Path):
    repository.write("attributes", "* export-ignore eol=crlf\n")
    commit = planted(repository, {"Pulumi.dev.yaml": TEXT, "ü.yaml": TEXT})
    for setting in SETTINGS:
        repository.git("config", *setting.split("="))
    git(repository).extract(commit, tmp_path / "out")
    assert written(tmp_path / "out", commit).keys() == {"Pulumi.dev.yaml", "ü.yaml", "file.txt"}
    assert (tmp_path / "out/Pulumi.dev.yaml").read_bytes() == TEXT


def test_a_question_runs_no_program_that_the_settings_name(repository: Checkout, tmp_path: Path):
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "core.pager", "core.hooksPath"):
        repository.git("config", name, str(program))
    repository.git("config", "log.showSignature", "true")
    assert git(repository).is_clean()
    assert git(repository).subject("HEAD").endswith(" Second")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("what", ["blob", "commit"])
def test_nothing_stands_for_another_object(repository: Checkout, tmp_path: Path, what: str):
    commit = planted(repository, {"Pulumi.dev.yaml": b"replicas: 2\n"})
    other = planted(repository, {"Pulumi.dev.yaml": b"replicas: 0\n"})
    pair = (commit, other)
    if what == "blob":
        pair = (repository.git("rev-parse", f"{one}:Pulumi.dev.yaml") for one in (commit, other))
    repository.git("replace", *pair)
    git(repository).extract(commit, tmp_path / "out")
    assert (tmp_path / "out/Pulumi.dev.yaml").read_bytes() == b"replicas: 2\n"


def test_a_graft_changes_no_history(repository: Checkout):
    parent = repository.git("rev-parse", "HEAD^")
    repository.write(".git/info/grafts", f"{repository.head}\n")
    assert git(repository).commit("HEAD^1") == parent
    assert git(repository).merge_base("HEAD", parent) == parent


NAMES = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_REPLACE_REF_BASE", "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE", "GIT_ATTR_SOURCE", "GIT_LITERAL_PATHSPECS", "GIT_TRACE",
)  # fmt: skip


def test_the_environment_moves_the_repository_nowhere(
    repository: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    commit = repository.head
    for name in NAMES:
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert git(repository).is_repository()
    git(repository).extract(commit, tmp_path / "out")
    assert written(tmp_path / "out", commit).keys() == {"file.txt"}
    assert not (tmp_path / "elsewhere").exists()


def test_a_submodule_is_an_empty_folder_and_a_program_stays_one(
    repository: Checkout, tmp_path: Path
):
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{repository.head},module")
    commit = planted(repository, {"run": b"#!/bin/sh\n"}, mode="100755")
    git(repository).extract(commit, tmp_path / "out")
    assert list((tmp_path / "out/module").iterdir()) == []
    assert os.access(tmp_path / "out/run", os.X_OK)


def test_a_link_is_written_as_one_and_nothing_is_written_through_it(
    repository: Checkout, tmp_path: Path
):
    commit = planted(repository, {"a": os.fsencode(tmp_path / "victim"), "z": b"/"}, "120000")
    git(repository).extract(commit, tmp_path / "out")
    assert written(tmp_path / "out", commit) == stored(repository, commit)
    assert (tmp_path / "out/a").is_symlink()
    assert not (tmp_path / "victim").exists()


def answering(*answers: bytes) -> Git:
    """Return a repository whose Git gives these answers, one after the other."""
    left = iter(answers)

    def answer(
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        assert command[0] == "git", (folder, environment, given)
        return Finished(code=0, output=next(left), errors="")

    return Git(folder=Path(), run=answer)


BLOB = blob_id(b"x", "0" * 40)
HELD = f"{BLOB} blob 1\nx\n".encode()


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../x", "a//x", "./x", ".git/config", "a/.GIT/hooks/post-checkout"]
)
def test_a_path_that_would_leave_the_folder_is_refused(tmp_path: Path, path: str):
    listed = f"100644 blob {BLOB}\t{path}\0".encode()
    with pytest.raises(GitError, match="not a path inside a checkout"):
        answering(listed, HELD).extract("HEAD", tmp_path / "out")
    assert not (tmp_path / "x").exists()


def test_a_file_below_a_link_is_refused(tmp_path: Path):
    (tmp_path / "victim").mkdir()
    listed = f"120000 blob {BLOB}\ta\0" + f"100644 blob {BLOB}\ta/b\0"
    with pytest.raises(GitError, match="'a' cannot be written"):
        answering(listed.encode(), HELD).extract("HEAD", tmp_path / "out")


def test_two_entries_of_one_path_are_refused(tmp_path: Path):
    listed = f"100644 blob {BLOB}\ta\0".encode() * 2
    with pytest.raises(GitError, match="'a' cannot be written: File exists"):
        answering(listed, HELD).extract("HEAD", tmp_path / "out")


@pytest.mark.parametrize(
    "answer",
    [b"", f"{BLOB} missing\n".encode(), f"{BLOB} tree 1\nx\n".encode(), b"\xff\n"],
)
def test_an_object_that_is_not_here_is_refused(answer: bytes):
    with pytest.raises(GitError, match="is not in this repository"):
        answering(answer).contents([BLOB])


@pytest.mark.parametrize("content", [b"1\ny", b"9\nx", b"0\n"])
def test_a_content_that_is_not_what_its_id_says_is_refused(content: bytes):
    with pytest.raises(GitError, match="has another content"):
        answering(f"{BLOB} blob ".encode() + content + b"\n").contents([BLOB])


def test_a_repository_of_the_longer_hash_is_read_alike(tmp_path: Path):
    checkout = Checkout(folder=tmp_path)
    checkout.git("init", "--quiet", "--object-format=sha256", "--template=")
    checkout.git("config", "user.name", "Somebody")
    checkout.git("config", "user.email", "somebody@example.org")
    checkout.write("a", "one\n")
    commit = checkout.commit("First")
    git(checkout).extract(commit, tmp_path / "out")
    assert written(tmp_path / "out", commit) == stored(checkout, commit)


def test_files_that_look_like_a_repository_are_none(repository: Checkout):
    inner = repository.folder / "team"
    shutil.copytree(repository.folder / ".git", inner)
    config = inner / "config"
    config.write_text(f"{config.read_text()}[core]\n\tbare = false\n\tworktree = .\n")
    subprocess.run(
        ["git", f"--git-dir={inner}", "update-ref", "HEAD", "HEAD^"], cwd=inner, check=True
    )
    with pytest.raises(GitError, match=r"bare|refuses"):
        Git(folder=inner, run=run).is_repository()
