"""A copy of the program whose one stack has as many pools as a benchmark wants."""

import shutil
from pathlib import Path

_CODE = ("documents", "localai", "hardware", "models", "settings", "components", "gitops")
_FILES = ("stack.py", "__main__.py", "Pulumi.yaml", "requirements.txt")


def large_checkout(source: Path, target: Path, pools: int) -> None:
    """Write a checkout with one stack of `pools` pools of two models each."""
    for name in _CODE:
        shutil.copytree(source / name, target / name)
    for name in _FILES:
        shutil.copy(source / name, target / name)
    (target / "Pulumi.large.yaml").write_text(stack_file(pools), encoding="utf-8")


def stack_file(pools: int) -> str:
    """Return a stack file of many pools: every other one on a GPU, with an alias of its own."""
    head = (
        "config:\n  localai:namespace: large\n  localai:cluster: large\n"
        "  localai:server: {version: v4.9.0}\n  localai:pools:\n"
    )
    return head + "".join(_pool(number) for number in range(pools))


def _pool(number: int) -> str:
    gpu = "gpu: nvidia-l4, " if number % 2 else ""
    return (
        f"    pool-{number:04d}: {{{gpu}models: [qwen3-0.6b, qwen3-embedding-0.6b], "
        f"aliases: {{assistant-{number}: qwen3-0.6b}}, storage: {{size: 20Gi}}}}\n"
    )
