"""The bill of materials of an image: the packages of its lock, as CycloneDX 1.6.

    python -m package.sbom apps/chat/requirements.txt

The same lock gives the same bytes. What the base image holds is not in it.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str, name: str) -> dict[str, Any]:
    """Return the bill of a lock that `uv pip compile --generate-hashes` wrote."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": name, "bom-ref": name}},
        "components": list(_components(lock)),
    }


def _components(lock: str) -> Iterator[dict[str, Any]]:
    starts = [*_PACKAGE.finditer(lock)]
    ends = [one.start() for one in starts[1:]] + [len(lock)]
    for found, end in zip(starts, ends, strict=True):
        name, version = found.groups()
        purl = f"pkg:pypi/{name}@{version}"
        digests = _HASH.findall(lock[found.start() : end])
        # One of the files that the lock allows is installed, by the machine's architecture.
        files = [{"name": "lock:sha256", "value": one} for one in digests]
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "properties": files,
        }


def main(words: list[str]) -> int:
    """Print the bill of a lock."""
    if len(words) != 1:
        sys.stderr.write("name one lock: python -m package.sbom apps/chat/requirements.txt\n")
        return 2
    lock = Path(words[0])
    made = bill(lock.read_text(encoding="utf-8"), lock.resolve().parent.name)
    sys.stdout.write(f"{json.dumps(made, indent=1)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
