"""Programs that a test answers for: what they were asked, and how they end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitops.adapters.process import Finished


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Runs nothing: it ends each command as `answer` says, and keeps its words."""

    answer: Callable[[list[str]], Finished]
    asked: list[list[str]] = field(default_factory=list[list[str]])

    def __call__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        del folder, environment, given
        self.asked.append(list(command))
        return self.answer(self.asked[-1])


def program(code: int, output: str = "", errors: str = "") -> Programs:
    """Return a program that always ends in one way."""
    ended = Finished(code=code, output=output.encode(), errors=errors)
    return Programs(answer=lambda _: ended)
