"""Stacks with a chat application, for tests of it."""

from typing import Any

from components.addons.anythingllm.environment import AnythingLlmArgs
from components.parts.part import Manifest
from stack import stack_parts
from tests.samples import manifests, pool_fields, stack

POOLS = {
    "chat": pool_fields(),
    "documents": pool_fields(models=["qwen3-embedding-0.6b", "jina-reranker-v1-tiny-en"]),
}
FIELDS: dict[str, Any] = {"chat": "qwen3-0.6b", "embeddings": "qwen3-embedding-0.6b"}
KEYS = {"secret": "anythingllm"}
BACKUP: dict[str, Any] = {
    "to": {
        "bucket": "copies",
        "endpoint": "https://s3.example.com",
        "accessKey": {"secret": "backup", "key": "access"},
        "secretKey": {"secret": "backup", "key": "secret"},
        "networks": ["10.7.0.0/28"],
    },
    "key": {"secret": "backup", "key": "passphrase"},
}
WHOLE = {
    **FIELDS,
    "keys": KEYS,
    "backup": BACKUP,
    "password": {"secret": "anythingllm", "key": "p"},
}
ROUTER = {"keys": {"documents": {"secret": "clients", "key": "documents"}}}
ROUTER_KEY = {"secret": "clients", "key": "documents"}


def application_args(router: str | None = None, **fields: Any) -> AnythingLlmArgs:
    """Return what an application is made from."""
    found, pools = stack(POOLS, anythingllm={**FIELDS, **fields})
    assert found.settings.anythingllm
    return AnythingLlmArgs(
        context=found, settings=found.settings.anythingllm, pools=pools, router=router
    )


def objects(more: dict[str, Any] | None = None, **fields: Any) -> dict[tuple[str, str], Manifest]:
    """Return the objects of an application by kind and name; `more` are keys of the stack."""
    found = manifests(stack_parts(*stack(POOLS, anythingllm={**WHOLE, **fields}, **(more or {}))))
    return {
        (one["kind"], one["metadata"]["name"]): one
        for one in found
        if one["metadata"]["name"].startswith("localai-anythingllm")
    }
