"""Facts of files that only the running server can tell: digest and length, by one command."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from documents.problem import refusal
from gitops.adoption.workload import Variables
from localai.server import Server

_DIGEST = re.compile(r"([0-9a-fA-F]{64})[ \t]+[*]?(\S.*)")
_LENGTH = re.compile(r"([0-9]{1,14})[ \t]+(\S.*)")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What is known of one file below the models folder; `length` is in bytes."""

    sha256: str | None = None
    length: int | None = None


Facts = Mapping[str, Fact]


def read_facts(text: str) -> Facts:
    """Return the facts in what `sha256sum` and `stat` printed: a digest or a length, then a name.

    Raises:
        RefusedError: a line is of another form.
    """
    digests: dict[str, str] = {}
    lengths: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if digest := _DIGEST.fullmatch(line.rstrip()):
            digests[_plain(digest[2])] = digest[1].lower()
        elif length := _LENGTH.fullmatch(line.rstrip()):
            lengths[_plain(length[2])] = int(length[1])
        elif line.strip():
            cause = f"line {number} is neither a digest nor a length with a file name"
            raise refusal("", cause, "write the file anew with the command that the report names")
    names = digests.keys() | lengths.keys()
    return {name: Fact(sha256=digests.get(name), length=lengths.get(name)) for name in names}


def _plain(name: str) -> str:
    return name.removeprefix("./")


def measuring(files: Iterable[str], *, kubectl: str, workload: str, folder: str) -> str:
    """Return the command that asks a running server for the digest and length of files."""
    names = " ".join(shlex.quote(f"./{file}") for file in files)
    script = f"cd {shlex.quote(folder)} && sha256sum {names} && stat -c '%s  %n' {names}"
    return f"{kubectl} exec {workload} -- sh -c {shlex.quote(script)} > facts.txt"


@dataclass(frozen=True, kw_only=True)
class Given:
    """The surroundings of the entries of one workload.

    `templates` are prompt templates by name, `fetched` the addresses of files that something else
    than LocalAI fetches, and `origin` says where the model was found.
    """

    server: Server
    variables: Variables
    templates: Mapping[str, str]
    fetched: Mapping[str, str]
    facts: Facts
    has_gpu: bool
    cpu: int
    origin: str
