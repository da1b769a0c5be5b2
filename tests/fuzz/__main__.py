"""`make fuzz`: feeds every reader of foreign input, and reports crashes, hangs and writes."""

import argparse
import sys
import time

from tests.fuzz.run import fuzz, saved
from tests.fuzz.targets import CORPUS, targets


def options() -> argparse.Namespace:
    """Return how much to feed to which reader."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="readers; all of them if none is named")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="at most so many for each")
    parser.add_argument("--seconds", type=float, default=86_400, help="at most so long for all")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="repeats a run")
    return parser.parse_args()


def main() -> int:
    """Feed the chosen readers and return how many failed."""
    chosen, failed = options(), 0
    wanted = [one for one in targets() if not chosen.targets or one.name in chosen.targets]
    for target in wanted:
        seconds = chosen.seconds / len(wanted)
        found = fuzz(target, inputs=chosen.inputs, seconds=seconds, seed=chosen.seed)
        rate = found.inputs / max(found.seconds, 0.01)
        end = (
            f"; {found.failure}: {saved(CORPUS / target.name, found.culprit)}"
            if found.failure
            else ""
        )
        line = f"{target.name}: {found.inputs} inputs, {rate:.0f} a second, {found.ways} ways"
        sys.stdout.write(f"{line}, seed {chosen.seed}{end}\n")
        sys.stdout.flush()
        failed += bool(found.failure)
    return failed


if __name__ == "__main__":
    sys.exit(main())
