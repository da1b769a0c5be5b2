"""A problem names the file, the line, the key, the cause and the cure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from documents.shown import shown

_LONGEST_KEY, _LONGEST_CAUSE = 400, 1000
KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong; `line` counts from 1 and is 0 where it is not known.

    The file is not known either where the engine hands out the keys of a file. `value` is what
    stands there, as far as the cause says it.
    """

    path: KeyPath
    cause: str
    cure: str
    file: str = ""
    line: int = 0
    value: str = field(default="", compare=False)

    @property
    def place(self) -> str:
        """Return the file, and the line where it is known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        """Return `file:line: key: cause; cure` on one line."""
        cause, cure = _cut(self.cause, _LONGEST_CAUSE), _cut(self.cure, _LONGEST_CAUSE)
        parts = (self.place, _cut(key(self.path), _LONGEST_KEY), f"{cause}; {cure}")
        # Keys and tags may hold anything; a problem is one line, wherever it is shown.
        return shown(": ".join(part for part in parts if part))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


class RefusedError(Exception):
    """What was asked for is refused; `problems` says why, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems; there is at least one."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refusal(place: str, cause: str, cure: str) -> RefusedError:
    """Return the refusal of one thing as a whole: a file, or an option of the command line."""
    return RefusedError([Problem(file=place, path=(), cause=cause, cure=cure)])


def key(path: KeyPath) -> str:
    """Return a key path as people write it: `config.localai:pools.chat.models[0]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
