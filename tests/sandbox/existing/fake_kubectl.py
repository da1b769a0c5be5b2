"""A kubectl that answers from a table and remembers what it was asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.existing.client import Client

# Answers with the file called like the words that are no options; a `.fail` file is an error.
SCRIPT = """#!/bin/sh
here=$(dirname "$0")
echo "$@" >> "$here/asked"
words=""
for word in "$@"; do case "$word" in -*) ;; *) words="$words-$word" ;; esac; done
case "$*" in *--filename=-*) cat >> "$here/created" ;; esac
if [ -f "$here/$words.fail" ]; then cat "$here/$words.fail" >&2; exit 1; fi
if [ -f "$here/$words" ]; then cat "$here/$words"; fi
"""


@dataclass(frozen=True, kw_only=True)
class FakeKubectl:
    """The program, and the folder with its answers."""

    program: Path

    @property
    def client(self) -> Client:
        """A client of the context `near`."""
        return Client(kubectl=str(self.program), context="near")

    @property
    def asked(self) -> list[str]:
        """The command lines so far."""
        return (self.program.parent / "asked").read_text().splitlines()

    @property
    def created(self) -> str:
        """What it was given on standard input."""
        path = self.program.parent / "created"
        return path.read_text() if path.exists() else ""

    def answers(self, words: str, text: str) -> None:
        """Answer a command, named by its words, with a text."""
        (self.program.parent / f"-{words.replace(' ', '-')}").write_text(text)

    def fails(self, words: str, text: str) -> None:
        """Fail a command, named by its words, with a text."""
        (self.program.parent / f"-{words.replace(' ', '-')}.fail").write_text(text)

    def lists(self, kind: str, *objects: Mapping[str, Any]) -> None:
        """Answer a list of a kind with objects."""
        self.answers(f"get {kind}", json.dumps({"items": objects}))


def fake_kubectl(folder: Path) -> FakeKubectl:
    """Return a kubectl of an empty cluster."""
    program = folder / "kubectl"
    program.write_text(SCRIPT)
    program.chmod(0o755)
    made = FakeKubectl(program=program)
    made.answers("config get-contexts", "near\nfar\n")
    made.answers("version", json.dumps({"serverVersion": {"gitVersion": "v1.34.10"}}))
    for kind in ("nodes", "storageclasses", "namespaces", "customresourcedefinitions"):
        made.lists(kind)
    return made
