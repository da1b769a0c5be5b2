"""Preview and check of the committed stacks, and render over the number of pools."""

import math
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.checkouts import large_checkout, stack_file
from benchmarks.process import measure, say

ROOT = Path(__file__).parent.parent
SIZES = (10, 200, 1000)
RUNS = 5


def main() -> None:
    """Measure and print."""
    say("median wall time (range), largest memory of a process; one run before is not counted\n")
    say(f"preview, three stacks    {measure(tool('preview'), ROOT, RUNS)}")
    say(f"check, three stacks      {measure(tool('check'), ROOT, RUNS)}")
    say(f"models list              {measure(tool('models', 'list'), ROOT, RUNS)}")
    say(f"explain a rule           {measure(tool('explain', 'image-by-digest'), ROOT, RUNS)}")
    medians = {size: render(size) for size in SIZES}
    low, high = SIZES[1], SIZES[-1]
    exponent = math.log(medians[high] / medians[low]) / math.log(high / low)
    say(f"exponent of render time over {low} to {high} pools: {exponent:.2f}")


def render(pools: int) -> float:
    """Measure a render of many pools and return its median seconds."""
    with TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        large_checkout(ROOT, checkout, stack_file(pools))
        out = str(Path(folder) / "out")
        sample = measure(tool("render", "large", "--out", out), checkout, RUNS)
        objects = len(list(Path(out).glob("*.yaml")))
    say(f"render {pools:5} pools {objects:6} objects {sample}")
    return sample.median


def tool(*arguments: str) -> list[str]:
    """Return the command line of the tool."""
    return [sys.executable, "-m", "gitops", *arguments]
