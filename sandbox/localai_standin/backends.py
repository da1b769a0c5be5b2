"""Engines on the volume: installed by LocalAI's verb, found by the server in its system folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

# LocalAI runs this file of every engine, whatever language it is in.
RUN = "run.sh"
LLAMA_CPP = "llama-cpp"
_PROGRAM = """\
#!{python} -I
from sandbox.localai_standin.engine import main
main()
"""


def install(folder: Path, uri: str, name: str) -> Path:
    """Write an engine into its folder under `folder` and return what runs it.

    The image at `uri` is not fetched: there is no registry. What is written runs this stand-in's
    own llama.cpp, under the engine's name.
    """
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    program = place / RUN
    program.write_text(_PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    # Last, so that an engine with its metadata is whole.
    facts = {"name": name, "uri": uri, "stand_in": True}
    (place / "metadata.json").write_text(json.dumps(facts, indent=1))
    return program


def find(folder: Path, name: str) -> Path | None:
    """Return what runs an engine, or None when it is not installed."""
    program = folder / name / RUN
    return program if name and program.is_file() else None


def installed(folder: Path) -> list[str]:
    """Return the names of the engines that are installed."""
    return sorted(path.parent.name for path in folder.glob(f"*/{RUN}"))
