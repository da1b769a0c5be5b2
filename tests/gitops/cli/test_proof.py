"""`proof` as people run it; kubectl is a script that prints what a cluster would."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.parts.part import plain
from components.server.verification import declared_map, verify_job
from gitops.planning.checkout import resolved_stack
from tests.gitops.commands import CommandLine

_SCRIPT = """#!/bin/sh
echo "$@" >> "{folder}/asked"
for word in "$@"; do case "$word" in jobs|pods) cat "{folder}/$word.json"; exit {code}; esac; done
"""


class Cluster:
    """Stands for a cluster: what kubectl prints, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, jobs: list[Any], code: int = 0) -> None:
        for kind, items in (("jobs", jobs), ("pods", [])):
            (self.folder / f"{kind}.json").write_text(json.dumps({"items": items}))
        script = self.folder / "kubectl"
        script.write_text(_SCRIPT.format(folder=self.folder, code=code))
        script.chmod(0o755)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Cluster(tmp_path)


def jobs(condition: str) -> list[dict[str, Any]]:
    """Return the Jobs that the checkout declares, all in one condition."""
    _, pools = resolved_stack(Path.cwd(), "dev")
    status = {"conditions": [{"type": condition, "status": "True", "message": "it lies"}]}
    made = (plain(verify_job(pool, declared_map(pool))) for pool in pools)
    return [{**one, "status": status} for one in made]


def test_a_stack_is_proven_by_all_of_its_jobs(command_line: CommandLine, cluster: Cluster):
    cluster.has(jobs("Complete"))
    ended = command_line("proof", "dev", "--context", "home")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "dev: was proven to serve what is declared"
    (first, _) = (cluster.folder / "asked").read_text().splitlines()
    assert "--context home" in first
    assert "--namespace localai-dev" in first
    assert "app.kubernetes.io/component=verify" in first


def test_one_that_failed_is_refused_in_every_form(command_line: CommandLine, cluster: Cluster):
    cluster.has(jobs("Failed"))
    text, told = command_line("proof", "dev"), command_line("proof", "dev", "--output", "json")
    assert (text.code, told.code) == (1, 1)
    assert "it lies; read its log" in " ".join(text.out.split())
    found = json.loads(told.out)
    assert (found["proven"], [one["state"] for one in found["pools"]]) == (False, ["failed"] * 2)


def test_a_cluster_that_does_not_answer_is_said(command_line: CommandLine, cluster: Cluster):
    cluster.has([], code=1)
    ended = command_line("proof", "dev")
    assert ended.code == 1
    assert "namespace localai-dev" in ended.err
