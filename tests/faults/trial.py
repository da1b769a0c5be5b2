"""A stack that goes back and forth between two declarations, so that every update has work."""

import time
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

from sandbox.engine import Engine
from tests.e2e.program import edit, objects, settings
from tests.faults.content import content

CHANGE = {"pools__chat__models": ["qwen3-0.6b"], "pools__embeddings__cpu": 3}


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A stack file, and what an unbroken update to it made, in how many seconds."""

    file: str
    made: dict[str, dict[str, Any]]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A stack that is up, its two declarations, and the chance that picks moments."""

    engine: Engine
    declarations: list[Declaration]
    chance: SystemRandom

    def turn(self) -> Declaration:
        """Write the declaration that is not in the cluster into the stack file and return it."""
        self.declarations.reverse()
        wanted = self.declarations[-1]
        stack_file(self.engine).write_text(wanted.file)
        return wanted

    def empty(self) -> None:
        """Take the stack down, the claims that outlive it included."""
        self.engine.destroy()
        names = [name.partition("/")[2] for name in objects(self.engine)]
        flags = ("--namespace", settings(self.engine)["localai:namespace"])
        self.engine.sandbox.kubectl(*flags, "delete", "persistentvolumeclaims", *names)

    @property
    def unbroken(self) -> float:
        """The seconds of an update without a fault, on average."""
        return sum(one.seconds for one in self.declarations) / len(self.declarations)

    def moment(self, wanted: Declaration) -> float:
        """Return a moment within an update, in seconds; one at its very end would often miss it."""
        return self.chance.uniform(0, 0.9 * wanted.seconds)


def trial(made: Engine) -> Trial:
    """Return the trial of a new stack, after both of its updates without a fault."""
    committed = stack_file(made).read_text()
    made.up()
    edit(made, **CHANGE)
    changed = _unbroken(made, stack_file(made).read_text())
    return Trial(
        engine=made,
        declarations=[changed, _unbroken(made, committed)],
        chance=SystemRandom(),
    )


def _unbroken(made: Engine, text: str) -> Declaration:
    stack_file(made).write_text(text)
    start = time.monotonic()
    made.up()
    seconds = time.monotonic() - start
    return Declaration(file=text, made=content(objects(made)), seconds=seconds)


def stack_file(made: Engine) -> Path:
    """Return the stack file of an engine's program."""
    return made.program / f"Pulumi.{made.stack}.yaml"
