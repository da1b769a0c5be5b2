"""Writes the list and the weights of a state for a server of your own, and says its variables.

    python -m tests.contracts.prepare served /tmp/served

The weights are a tiny model that llama.cpp loads; the engines are yours to install.
"""

import sys
from pathlib import Path

import yaml

from sandbox.serving.tiny_model import Tiny, write_tiny


def prepare(name: str, folder: Path) -> dict[str, str]:
    """Write the files of a state and return the variables that its server needs."""
    contract = yaml.safe_load(Path(__file__).with_name("localai.yaml").read_text("utf-8"))
    state = contract[name]
    for path in state["weights"]:
        place = folder / "models" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        write_tiny(place, Tiny(name="tiny"))
    listed = folder / "list.yaml"
    listed.write_text(state["list"])
    return {
        "LOCALAI_MODELS_PATH": str(folder / "models"),
        "LOCALAI_MODELS_CONFIG_FILE": str(listed),
        **state["variables"],
    }


if __name__ == "__main__":
    for variable, value in prepare(sys.argv[1], Path(sys.argv[2])).items():
        sys.stdout.write(f"export {variable}={value}\n")
