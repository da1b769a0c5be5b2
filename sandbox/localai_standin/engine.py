"""An engine: installed by LocalAI's verb, found on the volume, and run as a llama.cpp server."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

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


def parameters(order: Mapping[str, Any]) -> Any:
    """Return llama.cpp's parameters for an order: path, name, sizes, and what it is for."""
    # Imported by name, as only the image and the live tests have this package.
    llama = import_module("xllamacpp")
    made = llama.CommonParams()
    made.model.path, made.model_alias = order["path"], {order["name"]}
    made.hostnames, made.port = ["127.0.0.1"], 0
    made.n_ctx, made.n_parallel = order["context_size"], order["slots"]
    made.kv_unified = order["unified"]
    made.cpuparams.n_threads = made.cpuparams_batch.n_threads = order["threads"]
    made.use_jinja, made.warmup, made.n_gpu_layers = order["jinja"], False, 0
    made.embedding = order["embeddings"]
    if order["pooling"]:
        made.pooling_type = llama.llama_pooling_type[
            f"LLAMA_POOLING_TYPE_{order['pooling'].upper()}"
        ]
    return made


def main() -> None:
    """Serve the model that the first argument orders, and print the address once it is loaded."""
    # In every thread: those of llama.cpp must not take the signal that this one waits for.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    order = json.loads(sys.argv[1])
    server = import_module("xllamacpp").Server(parameters(order))
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
