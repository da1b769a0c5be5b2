"""A copy of the program whose one stack has as many pools as a benchmark wants."""

import shutil
from pathlib import Path

_CODE = (
    "fetch", "proof", "predict", "documents", "localai", "hardware", "models", "settings",
    "components",
    "gitops",
)  # fmt: skip
_FILES = ("stack.py", "__main__.py", "Pulumi.yaml", "requirements.txt")
STACK = "large"


def large_checkout(source: Path, target: Path, stack: str) -> None:
    """Write a checkout with one stack of this stack file."""
    for name in _CODE:
        shutil.copytree(source / name, target / name)
    for name in _FILES:
        shutil.copy(source / name, target / name)
    (target / f"Pulumi.{STACK}.yaml").write_text(stack, encoding="utf-8")


def stack_file(pools: int) -> str:
    """Return a stack file of many pools: every other one on a GPU, with an alias of its own."""
    return _head("large") + "".join(_pool(number) for number in range(pools))


def small_pools(pools: int, namespace: str, *, rendered: bool, cpu: int = 1) -> str:
    """Return a stack file of many pools that fake nodes can hold; `cpu` is that of the first."""
    delivery = (
        "  localai:delivery: rendered\n  localai:apiKey: {secret: api-key, key: key}\n"
        if rendered
        else ""
    )
    return (
        _head(namespace, delivery)
        + _small_pool(0, cpu)
        + "".join(_small_pool(number, 1) for number in range(1, pools))
    )


def _head(namespace: str, more: str = "") -> str:
    return (
        f"config:\n  localai:namespace: {namespace}\n  localai:cluster: {namespace}\n"
        f"  localai:server: {{version: v4.9.0}}\n{more}  localai:pools:\n"
    )


def _pool(number: int) -> str:
    gpu = "gpu: nvidia-l4, " if number % 2 else ""
    return (
        f"    pool-{number:04d}: {{{gpu}models: [qwen3-0.6b, qwen3-embedding-0.6b], "
        f"aliases: {{assistant-{number}: qwen3-0.6b}}, storage: {{size: 20Gi}}}}\n"
    )


def _small_pool(number: int, cpu: int) -> str:
    return f"    pool-{number:04d}: {{models: [qwen3-0.6b], cpu: {cpu}, storage: {{size: 20Gi}}}}\n"
