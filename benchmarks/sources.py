"""How long `check --sources` takes for many models against a hub that answers after 50 ms."""

import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from benchmarks.checkouts import large_checkout
from benchmarks.process import Sample, measure, say
from benchmarks.slow_hub import DELAY, SIZE, digest
from benchmarks.tool import tool

ROOT = Path(__file__).parent.parent
MODELS = 1000
_POOL = 100
RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Result:
    """How long a check took with and without its sources, and what the hub saw of the former."""

    asking: Sample
    offline: Sample
    requests: Mapping[str, int]
    bodies: int


def main() -> None:
    """Measure and print."""
    result = measured(MODELS, RUNS)
    say(f"check --sources, {MODELS} models, {DELAY * 1000:.0f} ms each   {result.asking}")
    say(f"check, the same                            {result.offline}")
    say(f"requests {dict(result.requests)}, body bytes {result.bodies}")


def measured(models: int, runs: int) -> Result:
    """Return the figures of a checkout with so many models, each of them in a pool."""
    with TemporaryDirectory() as folder:
        keys, checkout = Path(folder) / "keys", Path(folder) / "checkout"
        keys.mkdir()
        checkout.mkdir()
        with _hub(keys) as hub:
            names = [f"model-{number:04d}" for number in range(models)]
            large_checkout(ROOT, checkout, _stack(names, hub.port))
            for name in names:
                text = model(name)
                (checkout / "models" / f"{name}.yaml").write_text(text, encoding="utf-8")
            authority = str(keys / "certificate.pem")
            allowed = ("--allow-network", "127.0.0.1/32", "--ca-file", authority)
            command = tool("check", "large", "--sources", *allowed)
            asking = measure(command, checkout, runs)
            offline = measure(tool("check", "large"), checkout, runs)
            seen = hub.stop()
    return Result(asking=asking, offline=offline, requests=seen["requests"], bodies=seen["bodies"])


@dataclass(frozen=True, kw_only=True)
class _Hub:
    process: "subprocess.Popen[str]"
    port: int

    def stop(self) -> dict[str, Any]:
        self.process.terminate()
        out, _ = self.process.communicate(timeout=20)
        return cast("dict[str, Any]", json.loads(out))


@contextmanager
def _hub(keys: Path) -> Generator[_Hub]:
    key, certificate = str(keys / "key.pem"), str(keys / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.slow_hub", certificate, key]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = cast("IO[str]", process.stdout)
            yield _Hub(process=process, port=int(told.readline()))
        finally:
            process.terminate()


def _stack(names: list[str], port: int) -> str:
    return (
        "config:\n  localai:namespace: large\n  localai:cluster: large\n"
        f"  localai:hub: {{endpoint: 'https://127.0.0.1:{port}'}}\n"
        "  localai:server: {version: v4.9.0}\n  localai:pools:\n"
    ) + "".join(
        f"    pool-{first}: {{models: [{', '.join(names[first : first + _POOL])}], "
        "storage: {size: 20Gi}}\n"
        for first in range(0, len(names), _POOL)
    )


def model(name: str) -> str:
    """Return the file of a model."""
    file = f"{name}.gguf"
    return (
        f"name: {name}\nkind: chat\ndescription: One of many.\nlicense: MIT\n"
        "backend: llama-cpp\nminimum_server: v4.8.0\ncontext_size: 512\nslots: 1\n"
        "template: {use_tokenizer_template: true}\n"
        "architecture: {layers: 1, kv_heads: 1, head_dim: 1}\nweights:\n"
        f"  url: https://huggingface.co/owner/{name}/resolve/main/{file}\n  file: {file}\n"
        f'  sha256: "{digest(file)}"\n  size: {SIZE}\n'
    )


if __name__ == "__main__":
    main()
