"""Asks kubectl for the objects of a namespace; changes nothing, and asks for no Secret."""

import re
from pathlib import Path

from gitops.adapters.process import OutsideError, Run

_KINDS = "deployments,statefulsets,services,configmaps,persistentvolumeclaims"


_LOGGED = re.compile(r"[EWIF][0-9]{4} ")


class KubectlError(OutsideError):
    """The cluster could not be read."""


def command(context: str | None, namespace: str) -> list[str]:
    """Return kubectl for a context and a namespace."""
    where = ["--context", context] if context else []
    return ["kubectl", *where, "--namespace", namespace]


def objects(run: Run, folder: Path, context: str | None, namespace: str) -> bytes:
    """Return the workloads, Services, ConfigMaps and claims of a namespace as it prints them.

    Raises:
        KubectlError: the cluster does not answer, or refuses.
    """
    done = run([*command(context, namespace), "get", _KINDS, "--output=json"], folder)
    if done.code == 0:
        return done.output
    # Before its last word it logs each attempt.
    lines = [one.strip() for one in done.errors.splitlines() if not _LOGGED.match(one)]
    said = " ".join(one for one in lines if one)[-400:] or "it ended without a word"
    said = said.partition(" - did you mean")[0].removesuffix(".")
    raise KubectlError(
        f"kubectl says: {said}",
        "see that the cluster answers and lets you read, or name a file with --from",
    )
