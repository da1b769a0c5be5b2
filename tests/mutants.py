"""`make mutants`: small faults in the rooms that decide, and which of them no test sees.

mutmut makes the mutants and knows which tests reach each. All of them would take days: a sample is
run, the same one for the same seed.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
ROOMS = ("components", "gitops/planning")
# Programs that run in pods are objects here: their text is in a ConfigMap. Other tests run them.
WITHOUT = (
    "*/scripts/*",
    "components/addons/router/access.py",
    "components/addons/router/mistakes.py",
)
TESTS = (
    *("tests/components", "tests/gitops/planning"),
    *("tests/test_every_object.py", "tests/test_broken.py", "tests/golden/test_previews.py"),
)
ARGUMENTS = (
    *("-W", "ignore", "-p", "no:cacheprovider"),
    # It compares the program with its own commit.
    "--ignore=tests/gitops/planning/test_base_rendering.py",
    # It looks at the frames of a call, and each mutant adds one.
    "--deselect=tests/components/engine/test_engine.py::"
    "test_the_state_has_the_line_that_declares_and_no_folder_of_the_machine",
)
# The first run makes all mutants and learns what reaches them; it tries those of this module.
FIRST = "components.parts.labels.*"
KILLED = ("killed", "timeout", "segfault")
MUTMUT = str(Path(sys.executable).with_name("mutmut"))


def main() -> int:
    """Draw a sample, run it, and print what survived."""
    wanted = options()
    with TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        mutmut(folder, "run", FIRST)
        every = sorted(names(folder))
        chosen = random.Random(wanted.seed).sample(every, min(wanted.mutants, len(every)))  # noqa: S311
        mutmut(folder, "run", *chosen)
        found = {one: state for one, state in states(folder).items() if one in set(chosen)}
        for one in sorted(found):
            if found[one] not in KILLED:
                sys.stdout.write(f"\n{mutmut(folder, 'show', one)}")
    sys.stdout.write(f"\n{summary(found, len(every), wanted.seed)}\n")
    return 0


def options() -> argparse.Namespace:
    """Return how many mutants to run, and which."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    number = partial(parser.add_argument, type=int, metavar="N")
    number("--mutants", default=200, help="how many to run (default: 200, about half an hour)")
    number("--seed", default=1, help="which (default: 1)")
    return parser.parse_args()


def summary(found: dict[str, str], every: int, seed: int) -> str:
    """Return one line on what became of a sample."""
    counts = Counter(found.values())
    share = sum(counts[state] for state in KILLED) / len(found)
    told = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    return f"{len(found)} of {every} mutants, seed {seed}: {told}; {share:.1%} killed"


def copy(folder: Path) -> None:
    """Copy what Git knows or would take, and say what to mutate and to run."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    for one in filter(None, listed.stdout.split("\0")):
        if (ROOT / one).is_file():
            (folder / one).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / one, folder / one)
    settings = {
        "source_paths": ROOMS,
        "do_not_mutate": WITHOUT,
        "also_copy": beside(folder),
        "pytest_add_cli_args": ARGUMENTS,
        "pytest_add_cli_args_test_selection": TESTS,
    }
    lines = [f"{key}=\n    " + "\n    ".join(values) for key, values in settings.items()]
    (folder / "setup.cfg").write_text("\n".join(["[mutmut]", *lines, ""]))


def beside(folder: Path) -> list[str]:
    """Return what is not mutated: all next to the rooms, and next to the folders they are in."""
    rooms = {folder / one for one in ROOMS}
    around = {above for room in rooms for above in room.parents if above.is_relative_to(folder)}
    found = {one for above in around for one in above.iterdir()} - rooms - around
    return sorted(str(one.relative_to(folder)) for one in found)


def names(folder: Path) -> Sequence[str]:
    """Return the names of all mutants."""
    notes = (json.loads(one.read_text()) for one in (folder / "mutants").rglob("*.meta"))
    return [name for note in notes for name in note["exit_code_by_key"]]


def states(folder: Path) -> dict[str, str]:
    """Return what became of each mutant."""
    told = (
        line.strip().rpartition(": ")
        for line in mutmut(folder, "results", "--all", "true").splitlines()
    )
    return {name: state for name, _, state in told}


def mutmut(folder: Path, *words: str) -> str:
    """Return what mutmut printed."""
    # A run takes minutes; on a terminal it shows how far it is.
    shown = words[0] == "run" and sys.stdout.isatty()
    done = subprocess.run([MUTMUT, *words], cwd=folder, capture_output=not shown, text=True)
    if done.returncode:
        told = "" if shown else f":\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        raise SystemExit(f"mutmut {words[0]} failed{told}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
