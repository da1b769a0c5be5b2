"""What an installed engine runs: a llama.cpp server for one model, in a process of its own."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any


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
