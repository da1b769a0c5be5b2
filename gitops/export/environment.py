"""The file `.env`: what a server alone knows, such as its ports and GPUs, and what it yet lacks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gitops.export.server import variables

ENVIRONMENT = ".env"
# As a shell and Compose read it: the last of a name counts.
_SET = re.compile(rb"""^[ \t]*(?:export[ \t]+)?(\w+)=["']?([^\s"'#]*)""", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Number:
    """A port or a GPU as it is counted; None where a person names it. `share` may have the same."""

    number: int | None
    share: int = 1

    @property
    def text(self) -> str:
        """Return it as a value of the file."""
        return "" if self.number is None else str(self.number)


def environment(stack: str, *kinds: Mapping[str, Number]) -> str:
    """Return the first content of the file."""
    values = {
        **variables(stack),
        "LOCALAI_DATA": f"/var/lib/localai/{stack}/data",
        "LOCALAI_SECRETS": f"/etc/localai/{stack}/secrets",
        "LOCALAI_LISTEN": "127.0.0.1",
        **{name: one.text for kind in kinds for name, one in kind.items()},
    }
    lines = ["# What this server alone knows: a later export only adds what is new.", *(
        f"{name}={value}" for name, value in values.items()
    )]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def lacking(content: bytes, *kinds: Mapping[str, Number]) -> dict[str, str]:
    """Return the ports and GPUs that a file lacks: by place they may be those of something else."""
    said = {name.decode(): value.decode(errors="replace") for name, value in _SET.findall(content)}
    made: dict[str, str] = {}
    for kind in kinds:
        first = min((one.number for one in kind.values() if one.number is not None), default=0)
        held = [(said[name] or one.text, one.share) for name, one in kind.items() if name in said]
        for name, one in kind.items():
            if name not in said:
                made[name] = one.text and _free(first, one.share, held)
                held.append((made[name], one.share))
    return made


def _free(number: int, share: int, held: list[tuple[str, int]]) -> str:
    """Return the first number, from one on, that has room for one more."""
    while True:
        shares = [other for value, other in held if value == str(number)]
        if len(shares) < min([share, *shares]):
            return str(number)
        number += 1
