"""`localai-gitops` in the environment of a checkout, which has no package to start it from."""

import sys
from pathlib import Path
from runpy import run_module

_OWN = Path(__file__).resolve().parents[1]


def code_for(folder: Path) -> Path:
    """Return the checkout whose code runs in a folder: the one it is in, as a plan's base runs its.

    Anywhere else it is the checkout of this file.
    """
    above = (folder, *folder.parents)
    return next((one for one in above if (one / "gitops" / "command.py").is_file()), _OWN)


if __name__ == "__main__":
    # In place of the folder of this file, whose modules nobody imports by their last names.
    sys.path[0] = str(code_for(Path.cwd()))
    run_module("gitops", run_name="__main__", alter_sys=True)
