"""The training itself, by the locked packages of the application."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.locked import locked
from tests.support.project import ROOT

pytestmark = pytest.mark.thorough
LOCK = ROOT / "apps/classifier/requirements.txt"


def run(*words: str | Path, code: int = 0) -> str:
    """Return what the application prints; with an exit code, what it says on stderr."""
    python = locked("classifier", LOCK) / "python"
    done = subprocess.run(
        [python, "-m", "apps.classifier", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "REVISION": "a" * 40},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    run("train", "--out", folder)
    return folder


def test_it_knows_97_of_100_digits_that_it_never_saw(trained: Path):
    figures = json.loads((trained / "metrics.json").read_text())

    assert figures["accuracy"] >= 0.97
    assert figures["f1"] >= 0.97
    samples = json.loads((trained / "samples.json").read_text())
    assert len(samples["rows"]) == len(samples["labels"]) == 450


def test_the_same_seed_and_data_are_the_same_bytes_and_another_seed_is_kept_next_to_it(
    trained: Path,
):
    before = (trained / "model.onnx").read_bytes()
    printed = run("train", "--out", trained, "--only", "support-vectors", "--only", "network")

    assert (trained / "model.onnx").read_bytes() == before
    run("train", "--out", trained, "--only", "network", "--seed", "8")
    every: list[dict[str, Any]] = json.loads((trained / "runs.json").read_text())
    digests = {(one["name"], one["seed"]): set[str]() for one in every}
    for one in every:
        digests[one["name"], one["seed"]].add(one["digest"])
        assert one["revision"] == "a" * 40
    assert len(every) == 8
    assert [len(found) for found in digests.values()] == [1] * 6
    assert digests["network", 7] != digests["network", 8]
    assert "localai-gitops registry register" in printed


def test_other_data_are_refused_unless_they_are_named(tmp_path: Path):
    script = (
        "from apps.classifier import data, __main__ as main\n"
        "import sys\n"
        "real = data.digits\n"
        "def changed():\n"
        "    found = real(); found.pictures[0, 0, 0] ^= 1; return found\n"
        "main.digits = changed\n"
        "sys.exit(main.main(['train', '--only', 'logistic', '--out', sys.argv[1]]))\n"
    )
    python = locked("classifier", LOCK) / "python"
    done = subprocess.run(
        [python, "-c", script, tmp_path / "out"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("the data are sha256:")
    assert "train on them with --data sha256:" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_comparison_is_planned_made_and_shown_on_the_command_line(tmp_path: Path):
    plan, page = tmp_path / "test.json", tmp_path / "report.html"
    told = run("plan", plan, "--first", "1", "--second", "2", "--expected", "0.98",
               "--least", "0.05")  # fmt: skip
    assert "answers of each version find a difference of 5.0% 80% of the time" in told
    for name, lines in (("answers", ""), ("truths", "")):
        (tmp_path / f"{name}.jsonl").write_text(lines)
    files = ("--answers", tmp_path / "answers.jsonl", "--truths", tmp_path / "truths.jsonl")

    assert run("compare", plan, *files, "--html", page).startswith("not yet known")
    assert page.read_text().startswith("<!doctype html>")
    (tmp_path / "answers.jsonl").write_text("[]\n")
    assert run("compare", plan, *files, code=1).startswith("line 1 of the answers is not a JSON")
    assert sys.version_info >= (3, 11)
