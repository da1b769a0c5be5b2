"""Asks kubectl for objects, and applies them; it is never asked for what a Secret holds."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops.adapters.process import OutsideError, Run

_KINDS = (
    "deployments,statefulsets,services,configmaps,persistentvolumeclaims,"
    "horizontalpodautoscalers,ingresses"
)
# Who owns the fields that are applied, so that the next run finds its own.
MANAGER = "localai-gitops"
_PATIENCE = "--request-timeout=30s"

_CURE = "see that the cluster answers, and what you may do there"

_LOGGED = re.compile(r"[EWIF][0-9]{4} ")
_SILENT = re.compile(
    r"connection refused|no route to host|i/o timeout|TLS handshake timeout|no such host|"
    r"context deadline exceeded|Unable to connect|was refused|unexpected EOF|"
    r"ServiceUnavailable|currently unable to handle",
    re.IGNORECASE,
)


class KubectlError(OutsideError):
    """The cluster could not be read or written; the cause is what kubectl said."""

    @property
    def is_unreachable(self) -> bool:
        """Return whether the cluster did not answer, as far as the text tells."""
        return _SILENT.search(self.cause) is not None


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """One cluster, by a context of kubectl; its own one where none is named."""

    run: Run
    folder: Path
    context: str | None = None

    def ask(self, *words: str, given: bytes = b"") -> bytes:
        """Return what a command prints.

        Raises:
            KubectlError: the cluster does not answer, or refuses.
        """
        where = ["--context", self.context] if self.context else []
        # What waits has a limit of its own, of which this one would be the end.
        patience = [] if words[0] in ("rollout", "wait") else [_PATIENCE]
        done = self.run(["kubectl", *where, *patience, *words], self.folder, None, given)
        if done.code:
            raise KubectlError(said(done.errors), _CURE)
        return done.output

    def get(self, *words: str) -> dict[str, Any]:
        """Return objects; nothing where there are none of the name.

        Raises:
            KubectlError: the cluster does not answer, or refuses.
        """
        answer = self.ask("get", *words, "--ignore-not-found", "--output=json")
        return json.loads(answer) if answer.strip() else {}

    def lines(self, template: str, *words: str) -> list[str]:
        """Return what a template of Go makes of objects, by line.

        Raises:
            KubectlError: the cluster does not answer, or refuses.
        """
        output = f"--output=go-template={template}"
        return self.ask("get", *words, "--ignore-not-found", output).decode().split("\n")

    def apply(self, objects: Sequence[Any], *words: str) -> None:
        """Apply objects on the server, as one field manager; a second time changes nothing.

        Raises:
            KubectlError: the cluster does not answer, or refuses.
        """
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        flags = ("--server-side", f"--field-manager={MANAGER}", "--filename=-")
        self.ask("apply", *flags, *words, given=json.dumps(listed).encode())

    def merge(self, change: Mapping[str, Any], *words: str) -> None:
        """Change some fields of one object, and leave all others as they are.

        Raises:
            KubectlError: there is no such object, or the cluster does not answer, or refuses.
        """
        # It may hold what a Secret holds, and no argument does; `-` is no file to this command.
        flags = ("--type=merge", f"--field-manager={MANAGER}", "--patch-file=/dev/stdin")
        self.ask("patch", *words, *flags, given=json.dumps(change).encode())


def command(context: str | None, namespace: str) -> list[str]:
    """Return kubectl for a context and a namespace."""
    where = ["--context", context] if context else []
    return ["kubectl", *where, "--namespace", namespace]


def said(errors: str) -> str:
    """Return what kubectl said, without the attempts that it logs before its last word."""
    lines = [one.strip() for one in errors.splitlines() if not _LOGGED.match(one)]
    words = " ".join(one for one in lines if one)[-400:] or "it ended without a word"
    return words.partition(" - did you mean")[0].removesuffix(".")


def objects(run: Run, folder: Path, context: str | None, namespace: str) -> bytes:
    """Return what a namespace runs, and what scales and exposes it, as kubectl prints it.

    Raises:
        KubectlError: the cluster does not answer, or refuses; with the cure.
    """
    done = run([*command(context, namespace), "get", _KINDS, "--output=json"], folder)
    if done.code == 0:
        return done.output
    raise KubectlError(
        f"kubectl says: {said(done.errors)}",
        "see that the cluster answers and lets you read, or name a file with --from",
    )
