"""The release of a stack: what it serves, as digests, so that evidence can be bound to it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from components.parts.context import Context
from components.pool.pool import Pool
from localai.server import engine_image, server_image
from models.definition import Definition
from models.sampling import sampling

# What a model file says to people and to the tool alone.
_WORDS = {"description", "license", "minimum_server", "smoke"}


def canonical(value: Any) -> bytes:
    """Return a plain value as JSON in the one form that digests are taken of."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(value: Any) -> str:
    """Return the digest of a plain value."""
    return f"sha256:{sha256(canonical(value)).hexdigest()}"


def release(context: Context, pools: Sequence[Pool]) -> dict[str, Any]:
    """Return what a stack serves: its images, and its models, each as a digest, and its aliases.

    An image by tag alone is that tag, and not bound to any bytes. `digest` is that of all else.
    """
    models = {model.name: model for pool in pools for model in pool.models}
    found = {
        "server": context.server.version,
        "images": _images(context, pools),
        "models": {name: digest(_resolved(model)) for name, model in sorted(models.items())},
        "aliases": {
            alias: target for pool in pools for alias, target in pool.settings.aliases.items()
        },
    }
    return {**found, "digest": digest(found)}


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between two releases, in words."""
    if old["server"] != new["server"]:
        yield f"the server is {new['server']}, and was {old['server']}"
    for what in ("images", "models", "aliases"):
        before, after = old[what], new[what]
        for name in sorted({*before, *after}):
            if name not in before:
                yield f"{what} have {name}, and had it not"
            elif name not in after:
                yield f"{what} had {name}, and have it no longer"
            elif before[name] != after[name]:
                yield f"{what}: {name} is another"


def _images(context: Context, pools: Sequence[Pool]) -> dict[str, str]:
    """Return the images of server and engines, each with its digest, or empty without one."""
    known = context.server
    names = {server_image(known, pool.accelerator) for pool in pools}
    names |= {
        engine_image(known, name, pool.accelerator) for pool in pools for name in pool.engines
    }
    return {name: context.settings.digests.get(name, "") for name in sorted(names)}


def _resolved(model: Definition) -> dict[str, Any]:
    """Return everything of a definition that decides what is served, with its real parameters."""
    fields = model.model_dump(mode="json", exclude=_WORDS, exclude_defaults=True)
    return {**fields, "parameters": sampling(model).model_dump(mode="json", exclude_none=True)}
