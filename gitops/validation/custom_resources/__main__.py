"""Makes the definitions anew: `python -m gitops.validation.custom_resources [MODULE=FOLDER ...]`.

The modules come through the Go module proxy; for one that it does not have, name a folder with a
checkout of the release. What cannot be had stays as it is, and is told.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from gitops.validation.custom_resources.definitions import parsed, stripped, text
from gitops.validation.custom_resources.sources import SOURCES, Module


@cache
def module_folder(module: Module) -> Path | None:
    """Return where Go keeps a module's release, fetching it if need be; None if it cannot."""
    command = ["go", "mod", "download", "-json", f"{module.path}@{module.version}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    answer: dict[str, str] = json.loads(done.stdout or "{}")
    if "Dir" in answer:
        return Path(answer["Dir"])
    cause = answer.get("Error") or done.stderr
    sys.stderr.write(f"{module.path}@{module.version} is left as it is: {cause.strip()}\n")
    return None


def write(given: Mapping[str, Path]) -> None:
    """Write every definition whose module can be had; `given` has folders by module path."""
    for source in SOURCES:
        folder = given.get(source.module.path) or module_folder(source.module)
        if folder:
            file = folder / source.module.folder / source.file
            definition = stripped(parsed(file.read_text(encoding="utf-8")))
            source.path.write_text(text(source, definition), encoding="utf-8", newline="\n")


def given_folders(arguments: Sequence[str]) -> dict[str, Path]:
    """Return the folders of a command line's `MODULE=FOLDER` arguments, by module."""
    pairs = (argument.partition("=") for argument in arguments)
    folders = {module: Path(folder) for module, _, folder in pairs}
    known = sorted({source.module.path for source in SOURCES})
    for module, folder in folders.items():
        if module not in known or not folder.is_dir():
            sys.exit(f"{module}={folder} is no MODULE=FOLDER; modules are {', '.join(known)}")
    return folders


if __name__ == "__main__":
    write(given_folders(sys.argv[1:]))
