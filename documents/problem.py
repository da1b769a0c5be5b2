"""A problem names the file, the line, the key, the cause and the cure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from documents.shown import shown

_LONGEST_KEY, _LONGEST_CAUSE = 400, 1000
KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, or worth knowing where it does not refuse.

    It is at a key of a file, or in an `object` of a `stack`: a manifest, a pool, a model. `line`
    counts from 1 and is 0 where it is not known; so is the file where the engine hands out its
    keys. `value` is what stands there, as far as the cause says it. `rule` is the id of the rule
    that is broken, where one has a name.
    """

    cause: str
    cure: str = ""
    path: KeyPath = ()
    file: str = ""
    line: int = 0
    value: str = field(default="", compare=False)
    stack: str = ""
    object: str = ""
    rule: str = ""
    refuses: bool = True

    @property
    def place(self) -> str:
        """Return the file, and the line where it is known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        """Return `file:line: stack: key or object: cause; cure [rule]` on one line."""
        cause, cure = _cut(self.cause, _LONGEST_CAUSE), _cut(self.cure, _LONGEST_CAUSE)
        at = self.object or _cut(key(self.path), _LONGEST_KEY)
        rule = f" [{self.rule}]" if self.rule else ""
        parts = (self.place, self.stack, at, f"{cause}; {cure}{rule}")
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
