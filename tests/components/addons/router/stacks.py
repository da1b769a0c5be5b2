"""Stacks with a router, for tests of it."""

from typing import Any

from components.addons.router.args import RouterArgs
from tests.samples import pool_fields, stack

POOLS = {
    "chat": pool_fields(models=["qwen3-0.6b"], aliases={"assistant": "qwen3-0.6b"}),
    "other": pool_fields(
        models=["nomic-embed-text-v1.5", "jina-reranker-v1-tiny-en", "sd-1.5", "whisper-base"]
    ),
}


def router_args(pools: dict[str, Any] | None = None, **router: Any) -> RouterArgs:
    """Return what a router with these keys of a stack file is made from."""
    context, found = stack(pools or POOLS, router=router)
    assert context.settings.router
    return RouterArgs(context=context, settings=context.settings.router, pools=found)
