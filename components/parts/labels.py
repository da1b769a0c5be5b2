"""Labels, names by content, and metadata: the same for every object of a stack."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lightkube.models.meta_v1 import ObjectMeta

from components.parts.context import Context

POOL = "localai.gitops/pool"
CLAIM = "localai.gitops/claim"
NAME = "app.kubernetes.io/name"
# The role of the pods that prove what the others serve.
VERIFY_ROLE = "verify"
# Enough to tell apart what one pool ever was, and short enough for a Job of the longest pool name:
# its pods add six characters, and a label holds 63.
DIGITS = 8


def metadata(
    context: Context,
    name: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
) -> ObjectMeta:
    """Return the metadata of one object of a stack."""
    return ObjectMeta(
        name=name,
        namespace=context.settings.namespace,
        labels={**common(context), **labels},
        annotations=dict(annotations) if annotations else None,
    )


def common(context: Context) -> dict[str, str]:
    """Return the labels that every object of a stack carries."""
    return {
        NAME: "localai",
        "app.kubernetes.io/part-of": f"localai-{context.stack}",
        "app.kubernetes.io/managed-by": "localai-gitops",
    }


def content_digest(content: Any) -> str:
    """Return the sha256 of a plain value, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def content_name(prefix: str, content: Any) -> str:
    """Return a name that changes exactly when the content does."""
    return f"{prefix}-{content_digest(content)[:DIGITS]}"


def bounded(name: str, longest: int = 63) -> str:
    """Return a name as it is, or cut and made unique by a digest where it is too long."""
    if len(name) <= longest:
        return name
    return content_name(name[: longest - DIGITS - 1].rstrip("-."), name)
