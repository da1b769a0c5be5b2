"""The command of a checkout, as `make setup` installs it."""

import shutil
import subprocess
import sys
from pathlib import Path

from gitops.command import code_for
from tests.gitops.checkouts import Checkout
from tests.support.project import ROOT


def test_a_checkout_runs_its_own_code_from_any_folder_below(checkout: Checkout):
    below = checkout.folder / "models"
    assert code_for(below) == checkout.folder
    assert code_for(checkout.folder) == checkout.folder


def test_elsewhere_the_code_is_that_of_the_installation(tmp_path: Path):
    assert code_for(tmp_path) == ROOT


def test_the_installed_command_runs_in_a_project_in_a_subfolder(checkout: Checkout):
    """It finds its checkout beside its environment, and the stacks where one stands."""
    programs = checkout.folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    shutil.copy2(checkout.folder / "gitops" / "localai-gitops", programs)
    (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    (programs / "python").chmod(0o755)
    done = subprocess.run(
        [str(programs / "localai-gitops"), "check", "dev"],
        cwd=checkout.folder / "models", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 stack" in done.stdout, done.stderr
