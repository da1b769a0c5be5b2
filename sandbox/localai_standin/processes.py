"""The processes of engines: one for each model in memory, started from the engine's folder."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.localai_standin.engine import find, installed
from sandbox.localai_standin.loader import Clock, LoadError
from sandbox.localai_standin.model_list import Entry, is_inside


@dataclass(frozen=True, kw_only=True)
class Running:
    """A process that has a model in memory, and where it answers."""

    process: subprocess.Popen[str]
    address: str

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None

    def stop(self, seconds: float) -> bool:
        """End it, by force after a while; tell whether it went by itself."""
        self.process.terminate()
        try:
            self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class Starter:
    """Starts engines from `backends` with weights from `models`; no load is faster than `cold`."""

    models: Path
    backends: Path
    cold_seconds: float
    clock: Clock

    def __call__(self, entry: Entry) -> Running:
        """Return the running engine of an entry; one without an engine tries all of them.

        Raises:
            LoadError: the engine is not installed, or could not read the file.
        """
        if entry.backend:
            return self.run(entry, entry.backend)
        problems: list[str] = []
        for name in installed(self.backends):
            try:
                return self.run(entry, name)
            except LoadError as problem:
                problems.append(f"[{name}]: {problem}")
        told = "\n".join(problems) or "no backends found"
        raise LoadError(f"could not load model - all backends returned error: {told}")

    def run(self, entry: Entry, backend: str) -> Running:
        """Return one engine with the model of an entry; raises LoadError as a call does."""
        program = find(self.backends, backend)
        if program is None:
            raise LoadError(f"could not load model: backend not found: {backend}")
        path = self.models / entry.model
        if not is_inside(entry.model) or not path.is_file():
            raise LoadError(f"could not load model: {path} is not there")
        began = self.clock.now()
        running = run(program, order(entry, path))
        self.clock.sleep(max(0.0, began + self.cold_seconds - self.clock.now()))
        return running


def order(entry: Entry, path: Path) -> dict[str, object]:
    """Return what an engine is told of a model."""
    return {
        "path": str(path),
        "name": entry.name,
        "context_size": entry.context_size,
        "slots": int(entry.options.get("parallel", "1")),
        "unified": entry.options.get("kv_unified") == "true",
        "threads": entry.threads,
        "jinja": entry.options.get("use_jinja") == "true",
        "embeddings": entry.embeddings,
        "pooling": entry.options.get("pooling", ""),
    }


def run(program: Path, told: dict[str, object]) -> Running:
    """Start an engine and return it once it answers; raises LoadError when it ends before."""
    process = subprocess.Popen(
        [program, json.dumps(told)], stdout=subprocess.PIPE, stderr=sys.stderr, text=True
    )
    address = process.stdout.readline().strip() if process.stdout else ""
    if not address:
        process.communicate()
        raise LoadError(f"could not load model: its engine ended with {process.returncode}")
    return Running(process=process, address=address)
