"""A pool on this machine: the stand-in for LocalAI with the list and the weights of the pool."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from components.pool.pool import Pool
from components.server.model_list import model_list
from tests.e2e.routing.loopback import HOST, Client, wait_until
from tests.support.project import ROOT

_ENGINE = """\
#!/bin/sh
PYTHONPATH={root} exec {python} -c \
"from sandbox.localai_standin.engine import main; main()" "$@"
"""


@contextmanager
def stand_in(
    pool: Pool, weights: Mapping[str, Path], folder: Path, port: int, key: str
) -> Generator[subprocess.Popen[bytes]]:
    """Give the running server of a pool; `weights` are the files of its models, by model."""
    engine = folder / "engines" / "llama-cpp" / "run.sh"
    engine.parent.mkdir(parents=True)
    engine.write_text(_ENGINE.format(root=ROOT, python=sys.executable))
    engine.chmod(0o755)
    for model in pool.models:
        place = folder / "models" / model.weights.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(weights[model.name])
    (folder / "list.yaml").write_text(model_list(pool))
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LOCALAI_ADDRESS": f"{HOST}:{port}",
        "LOCALAI_MODELS_PATH": str(folder / "models"),
        "LOCALAI_MODELS_CONFIG_FILE": str(folder / "list.yaml"),
        "LOCALAI_BACKENDS_SYSTEM_PATH": str(folder / "engines"),
        "LOCALAI_API_KEY": key,
    }
    log = (folder / "log").open("wb")
    with (
        log,
        subprocess.Popen(
            [sys.executable, "-m", "sandbox.localai_standin"], env=environment, stderr=log
        ) as process,
    ):
        try:
            ready = Client(port=port)
            wait_until(lambda: ready.is_answered("/readyz"), (folder / "log").read_text)
            yield process
        finally:
            process.terminate()
