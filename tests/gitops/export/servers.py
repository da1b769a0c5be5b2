"""A server and its Compose for tests: `up` ends the process that ran and starts another.

Nothing is contained. It reads what Compose would: the file, `.env`, the model list that a server
mounts and the key in its secret; the process answers as the LocalAI of `tests.proof.served` does.
Run as a program, its first argument is a folder, in which `calls` says what it was asked, and the
files `fails`, `hangs`, `ill` and `wrong` name what is to go wrong: a service, a verb, a service, a
model. `published` holds the ports of containers.
"""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Any

import yaml

from tests.proof.served import Handler, Served, events, says, serving
from tests.support.project import ROOT

_POOL = "localai-chat"


def words(path: Path) -> list[str]:
    """Return the words in a file; none where it is not there."""
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def main(folder: Path, arguments: list[str]) -> int:
    """Do what one call of Compose asks."""
    if arguments[0] == "version":
        sys.stdout.write(" ".join(words(folder / "version")) or "2.40.3")
        return 0
    options = dict(zip(arguments[:6:2], arguments[1:6:2], strict=True))
    verb, *rest = arguments[6:]
    with (folder / "calls").open("a", encoding="utf-8") as calls:
        calls.write(f"{verb} {rest[-1] if verb == 'run' else ''}".strip() + "\n")
    if set(words(folder / "fails")) & {verb, *rest}:
        sys.stderr.write(f"{rest[-1] if rest else verb}: no space left on device\n")
        return 1
    while verb in words(folder / "hangs"):
        sleep(0.02)
    text = Path(options["--file"]).read_text(encoding="utf-8")
    variables = dict(
        line.replace('"', "").split("=", 1)
        for line in Path(options["--env-file"]).read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.startswith("#")
    )
    missing = set(re.findall(r"\$\{(\w+):\?", text)) - {k for k, v in variables.items() if v}
    if missing:
        sys.stderr.write(f"required variable {min(missing)} is missing a value\n")
        return 1
    if verb == "ps" and "{{.Ports}}" in rest:
        sys.stdout.write(" ".join(words(folder / "published")))
    if verb == "ps" and "{{.Health}}" in rest:
        sys.stdout.write("unhealthy" if rest[-1] in words(folder / "ill") else "healthy")
    if verb == "up":
        _up(folder, Path(options["--file"]), yaml.safe_load(text), variables)
    return 0


def _up(folder: Path, file: Path, made: Any, variables: dict[str, str]) -> None:
    """Start the servers again if what they mount changed, as Compose does."""
    service = made["services"][_POOL]
    (mounted,) = (one for one in service["volumes"] if one["target"] == "/etc/localai")
    models = Path(mounted["source"]) / "models.yaml"
    secret = made["secrets"]["localai-api-key.api-key"]
    place = secret["file"].rpartition("}")[2]
    key = Path(variables["LOCALAI_SECRETS"] + place).read_text(encoding="utf-8").strip()
    what = [str(models), variables["LOCALAI_CHAT_PORT"], key]
    if words(folder / "up") != what:
        end(folder)
        start(folder, file.parent, what)


def start(folder: Path, state: Path, what: list[str]) -> subprocess.Popen[bytes]:
    """Start a server with a model list of the state, a port and a key."""
    (folder / "up").write_text(" ".join(what))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gitops.export.servers", str(folder), "serve", *what],
        cwd=state, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    (folder / "pid").write_text(str(process.pid))
    return process


def end(folder: Path) -> None:
    """End the server of a folder, if there is one."""
    for pid in words(folder / "pid"):
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    (folder / "pid").unlink(missing_ok=True)


class _Ready(Handler):
    """Says without a key that it is ready, as LocalAI does."""

    def answer(self, name: str) -> None:
        if self.path == "/readyz":
            self.reply(b"")
        else:
            super().answer(name)


def serve(folder: Path, models: str, port: str, key: str) -> None:
    """Answer for ever as the models of a list."""
    entries = yaml.safe_load(Path(models).read_text(encoding="utf-8"))
    served = Served(
        names=[one["name"] for one in entries],
        aliases={one["name"]: one["alias"] for one in entries if "alias" in one},
        key=key,
    )
    for name in words(folder / "wrong"):
        served.behaviors[name] = says(events(name, "banana"), "text/event-stream")
    with serving(served, port=int(port), handler=_Ready):
        signal.pause()


if __name__ == "__main__":
    if sys.argv[2] == "serve":
        serve(Path(sys.argv[1]), *sys.argv[3:])
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
