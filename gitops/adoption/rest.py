"""The keys of a model entry that a definition has no key for: each is reported, none vanishes."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops.adoption.given import Given
from gitops.adoption.remark import Remark, changed, lost
from models.catalog import FORBIDDEN

_MAPPED = frozenset(
    {
        "name", "backend", "description", "parameters", "download_files", "context_size",
        "template", "stopwords", "embeddings", "reranking", "known_usecases", "step", "cfg_scale",
        "options", "mmproj", "draft_model", "alias", "license",
    }
)  # fmt: skip


def remaining(subject: str, keys: Mapping[str, Any], given: Given) -> Iterator[Remark]:
    """Yield what becomes of every key that is not mapped."""
    ours = {
        "f16": True,
        "mmap": True,
        "threads": given.cpu,
        "gpu_layers": 999 if given.has_gpu else 0,
    }
    for key, value in keys.items():
        place = f"{subject}, {key}"
        if key in _MAPPED or value in (None, "", [], {}):
            continue
        if key in ours:
            if value != ours[key]:
                yield changed(place, f"{value!r:.20} becomes {ours[key]}, as in the whole pool")
        elif key in FORBIDDEN:
            yield lost(place, f"is not allowed: {FORBIDDEN[key]}")
        elif _is_known(key, given):
            yield lost(place, "has no key in a model definition")
        else:
            yield lost(place, "is no key of LocalAI, which ignores it")


def _is_known(key: str, given: Given) -> bool:
    return key in given.server.model_fields
