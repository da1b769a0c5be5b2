"""LiteLLM's proxy, as locked for us, run with the files, the command and the variables of a pod."""

import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.locked import locked
from tests.e2e.routing.loopback import HOST, Client, wait_until
from tests.support.project import ROOT

LOCK = ROOT / "components/addons/router/requirements.txt"

# As in a site without a way out: nobody listens there.
_CLOSED = {"HTTP_PROXY": f"http://{HOST}:9", "HTTPS_PROXY": f"http://{HOST}:9", "NO_PROXY": HOST}


def program() -> Path:
    """Return LiteLLM's program, installed once for each lock, in an environment of its own."""
    return locked("router", LOCK) / "litellm"


@contextmanager
def proxy(
    container: Mapping[str, Any], files: Path, secrets: Mapping[str, str], port: int
) -> Generator[Path]:
    """Run the container of a router on this machine and give its log.

    Its files are in `files` instead of where the pod mounts them; `secrets` are the values of
    Secrets by `name/key`.
    """
    words = [word.replace("/etc/router", str(files)) for word in container["args"]]
    words[words.index("--host") + 1], words[words.index("--port") + 1] = HOST, str(port)
    home = files / "home"
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        **{one["name"]: _value(one, secrets) for one in container["env"]},
        "HOME": str(home),
        **_CLOSED,
    }
    log = files / "log"
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            [program(), *words], env=environment, cwd=home, stdout=sink, stderr=sink
        ) as process,
    ):
        try:
            ready = Client(port=port)
            wait_until(lambda: ready.is_answered("/health/readiness"), log.read_text)
            yield log
        finally:
            process.terminate()


def _value(variable: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
    if "value" in variable:
        return variable["value"]
    reference = variable["valueFrom"]["secretKeyRef"]
    return secrets[f"{reference['name']}/{reference['key']}"]
