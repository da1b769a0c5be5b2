"""Promotions and rollbacks of a stack whose manifests are committed, or that is held."""

import shutil
import signal
import sys
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitops.planning.checkout import render_file
from gitops.promotion.target import pulled
from models.catalog import read_catalog
from settings.file import read_stack_file
from tests.gitops.checkouts import GIT_ENVIRONMENT
from tests.gitops.commands import CommandLine
from tests.gitops.promoting import BRANCH, POOLS, Project, declared
from tests.support.project import ROOT

HELD = "    commit: 0123456789abcdef0123456789abcdef01234567\n"
FILE = "clusters/main/cluster.yaml"


@pytest.fixture
def here(tmp_path: Path) -> Project:
    shutil.copytree(ROOT / "tests" / "data" / "cluster", tmp_path / "here")
    shutil.copy2(ROOT / "__main__.py", tmp_path / "here")
    return declared(tmp_path)


@pytest.fixture
def command_line(
    here: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Generator[CommandLine]:
    before = signal.getsignal(signal.SIGINT)
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["localai-gitops"])
    monkeypatch.chdir(here.folder)
    yield CommandLine(monkeypatch=monkeypatch, capsys=capsys)
    signal.signal(signal.SIGINT, before)


ASKED = """\
  localai:promotion:
    from: dev
    waivers:
      - gate: smoke-evidence
        reason: Nothing runs in this test.
        name: Ada
        until: "{until}"
  localai:waivers:
    - rule: image-by-digest
      reason: No registry of this test is real.
      until: "{until}"
"""


def ask(here: Project) -> None:
    until = datetime.now(UTC).date() + timedelta(days=30)
    here.edit("Pulumi.production.yaml", POOLS, ASKED.format(until=until) + POOLS)
    models = "      models: [qwen3-0.6b]\n"
    here.edit("Pulumi.dev.yaml", models, models + "      aliases: {assistant: qwen3-0.6b}\n")


def test_the_manifests_of_a_rendered_stack_are_part_of_the_promotion(
    here: Project, command_line: CommandLine
):
    ask(here)
    here.edit(FILE, HELD, "")
    assert command_line("cluster", "render", "main").code == 0
    here.merge("Promote from dev")

    found = command_line("promote", "dev", "production")

    assert found.code == 0, found.err
    names = here.git("diff", "--name-only", "main", BRANCH, folder=here.remote).splitlines()
    place = "clusters/main/manifests/stacks/production/"
    manifests = [one for one in names if one.startswith(place)]
    assert manifests
    assert here.git("status", "--porcelain") == ""
    here.git("fetch", "--quiet", "origin", BRANCH)
    here.git("switch", "--quiet", "--detach", "FETCH_HEAD")
    assert command_line("cluster", "render", "main").code == 0
    assert here.git("status", "--porcelain") == ""


def test_the_manifests_of_a_rendered_stack_are_part_of_the_rollback(
    here: Project, command_line: CommandLine
):
    ask(here)
    here.edit(FILE, HELD, "")

    def released(subject: str) -> str:
        assert command_line("release", "production").code == 0
        assert command_line("cluster", "render", "main").code == 0
        here.merge(subject)
        return here.git("rev-parse", "HEAD:clusters")

    first = released("Release the first")
    here.edit("models/qwen3-0.6b.yaml", "context_size: 8192", "context_size: 4096")
    assert released("Release the second") != first

    found = command_line("rollback", "production")

    assert found.code == 0, found.err
    assert "commit " in found.out
    assert " manifests\n" in found.out
    assert "comes first: end it with `argocd app terminate-op stack-production`" in found.out
    # Dev floats on the edit, so all but what it serves is as it was.
    changed = here.git("diff", "--name-only", "HEAD~2", "--", "clusters").splitlines()
    assert [one for one in changed if "/stacks/production/" in one] == []
    assert here.git("status", "--porcelain") == ""
    assert command_line("cluster", "render", "main").code == 0
    assert here.git("status", "--porcelain") == ""


def test_a_rollback_says_that_nobody_renders_manifests_that_no_cluster_file_lists(
    here: Project, command_line: CommandLine
):
    ask(here)
    shutil.rmtree(here.folder / "clusters")
    assert command_line("release", "production").code == 0
    here.merge("Release the first")
    here.edit("models/qwen3-0.6b.yaml", "context_size: 8192", "context_size: 4096")
    assert command_line("release", "production").code == 0
    here.merge("Release the second")

    found = command_line("rollback", "production", "--dry-run")

    assert found.code == 0, found.err
    assert (
        "note: no cluster file lists production, so the manifests that you committed for it are "
        "still the bad ones: `localai-gitops render production --out FOLDER`, and commit them too"
    ) in found.out


def test_the_rights_of_a_stack_that_the_operator_applies_are_as_its_objects_need(
    here: Project, command_line: CommandLine
):
    assert command_line("cluster", "render", "main").code == 0
    text = (here.folder / "Pulumi.dev.yaml").read_text()
    (here.folder / "Pulumi.dev.yaml").write_text(text[: text.index("  localai:charts:")])

    rendering = render_file(read_stack_file(here.folder, "dev"), read_catalog(here.folder))
    found = pulled(here.folder, rendering)

    at = "clusters/main/manifests/places"
    assert found[f"{at}/role-argocd.localai-engine-dev.yaml"] is None
    for name, content in found.items():
        (here.folder / name).unlink()
        if content is not None:
            (here.folder / name).write_bytes(content)
    here.merge("What a promotion or a rollback commits")
    assert command_line("cluster", "render", "main").code == 0
    assert here.git("status", "--porcelain") == ""


def test_the_health_of_a_stack_is_asked_for_where_its_stack_object_is(
    here: Project, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    ask(here)
    here.edit(FILE, HELD, "")
    here.edit(FILE, "workspace:\n", "workspace:\n  namespace: engines\n")
    here.edit(
        "Pulumi.production.yaml", "    from: dev\n", "    from: dev\n    health: [operator]\n"
    )
    assert command_line("cluster", "render", "main").code == 0
    here.merge("Ask for health")
    programs = here.outside / "programs"
    programs.mkdir()
    (programs / "kubectl").write_text(f'#!/bin/sh\necho "$@" >> {here.outside}/asked\nexit 1\n')
    (programs / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")

    found = command_line("promote", "dev", "production", "--context", "main")

    assert found.code == 1
    assert "--namespace engines" in (here.outside / "asked").read_text()


def test_a_stack_that_is_held_is_not_promoted_into(here: Project, command_line: CommandLine):
    ask(here)
    here.merge("Promote from dev")

    found = command_line("promote", "dev", "production")

    assert found.code == 1
    assert "cluster.yaml:12: stacks.production.commit: holds production at 0123456" in found.err
    assert list(here.branches()) == ["main"]
