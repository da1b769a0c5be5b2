"""Runs commands in turn, so that what else the machine does meets them all alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from benchmarks.peers.contest import Command
from benchmarks.process import Run, once
from benchmarks.say import say


@dataclass(kw_only=True)
class Contender:
    """One tool at one size: its command, its peak of memory in MiB, and its runs."""

    command: Command
    mebibytes: float
    runs: list[Run] = field(default_factory=list[Run])

    @property
    def seconds(self) -> float:
        """Return the median of the wall seconds."""
        return median(run.seconds for run in self.runs)

    @property
    def processor(self) -> float:
        """Return the median of the processor seconds, which a busy machine changes less."""
        return median(run.processor for run in self.runs)

    def __str__(self) -> str:
        """Return median, range, processor time and memory."""
        times = [run.seconds for run in self.runs]
        return (
            f"{self.seconds:8.2f} s  ({min(times):.2f} to {max(times):.2f})  "
            f"processors {self.processor:6.2f} s  {self.mebibytes:5.0f} MiB"
        )


def in_turn(contenders: Mapping[str, Contender], runs: int) -> None:
    """Run every command once, then every one again, and print what was measured."""
    for _ in range(runs):
        for one in contenders.values():
            command = one.command
            one.runs.append(once(command.argv, command.folder, command.environment))
    for name, one in contenders.items():
        say(f"  {name:<24} {one}")


def ratio(ours: Contender, theirs: Contender) -> str:
    """Return the median of the ratios of runs that were neighbors, their range, and processors'."""
    pairs = zip(ours.runs, theirs.runs, strict=True)
    ratios = [one.seconds / other.seconds for one, other in pairs]
    used = ours.processor / theirs.processor
    return f"{median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}; processors {used:.3f})"
